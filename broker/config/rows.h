// The keys of the configuration, one row each: the only place that knows what a key is called, what it may be
// and where it goes. conf/broker.toml and docs/configuration.md describe the same rows; tests/lint holds
// that.
//
// Internal to this folder: the only header with TOML in it.
#ifndef CIS2_BROKER_CONFIG_ROWS_H_
#define CIS2_BROKER_CONFIG_ROWS_H_

#include "broker/config/config.h"

#include <toml++/toml.h>

#include <functional>
#include <string>
#include <vector>

namespace cis2::config {

// One key: its name, what it may be, and how it is put into its place. Nothing when it fits, else the node
// that does not.
template <class Destination>
struct Row {
  std::string key;
  std::string expected;
  std::function<const toml::node*(const toml::node&, Destination&)> store;
};

const std::vector<Row<Config>>& ConfigRows();
const std::vector<Row<policy::Grant>>& GrantRows();

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_ROWS_H_
