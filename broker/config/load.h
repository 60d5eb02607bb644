// Reads broker.toml and broker.d/*.toml into a Config.
//
// Every key has one row in rows.cc: name, destination, parser with its range. An unknown key, a wrong type,
// a value out of range, a key twice: all are collected, each with file, line, column and what was
// expected, so that an administrator mends them in one go.
#ifndef CIS2_BROKER_CONFIG_LOAD_H_
#define CIS2_BROKER_CONFIG_LOAD_H_

#include "broker/base/result.h"
#include "broker/config/config.h"

#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace cis2::config {

struct Problem {
  Place place;
  std::string message;   // what is wrong, what was expected; printable
  std::string key = {};  // "provider.issuer", where it is about one key that was understood; else empty
};
// "/etc/cis2-broker/broker.toml:12:5: ...", as compilers write it.
std::string Format(const Problem& p);

using LoadResult = std::expected<Config, std::vector<Problem>>;

// `path` and the *.toml files of the folder named like it with ".d" in place of ".toml", in the order of
// their names; a later file replaces single keys (of host.lifetimes single services), [[grant]] tables are
// added. Reads the map files of grants too. Every file must be one that only root or this user may write
// (base::ReadTrustedFile), the folder likewise.
//
// "credential:NAME" in place of the path of a key or secret is the file NAME in $CREDENTIALS_DIRECTORY, or,
// for cis2ctl outside the unit, in /run/credentials/cis2-broker.service.
LoadResult LoadFile(const std::string& path);
// One text, for tests and for the fuzzer. Map files are not read.
LoadResult LoadText(const std::string& text, const std::string& file_name);

// One map file of at most 16 MiB, about 300,000 lines, that nobody but root or this user may write.
base::Result<std::shared_ptr<const policy::AccountMap>> LoadMap(const std::string& path);

// Every key the loader knows, "provider.issuer", "grant.name", ...: what the lint compares with the example.
std::vector<std::string> KnownKeys();

}  // namespace cis2::config

#endif  // CIS2_BROKER_CONFIG_LOAD_H_
