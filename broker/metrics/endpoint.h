// What is answered where Prometheus asks: GET /metrics, and nothing else. Pure.
#ifndef CIS2_BROKER_METRICS_ENDPOINT_H_
#define CIS2_BROKER_METRICS_ENDPOINT_H_

#include "broker/http/message.h"

#include <functional>
#include <string>

namespace cis2::metrics {

// `text` is asked for GET and HEAD of /metrics alone.
http::Response Answer(const http::ServerRequest& request, const std::function<std::string()>& text);
// A status and one line.
http::Response PlainAnswer(int status);

}  // namespace cis2::metrics

#endif  // CIS2_BROKER_METRICS_ENDPOINT_H_
