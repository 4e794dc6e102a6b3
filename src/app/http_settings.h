#pragma once
// From the configuration's words to those of the HTTP API.
#include <string>
#include <vector>

#include "app/config/config.h"
#include "http/node_facts.h"

namespace warren::app {

// What is to listen for the API, or for scrapes of metrics.
struct HttpListener {
    config::Address address;
    bool tls = false;
    bool prometheus = false;

    bool operator==(const HttpListener&) const = default;
};
// By keys of the configuration; without such, at the ports of RabbitMQ if the plugins are enabled.
std::vector<HttpListener> http_listeners(const config::Config& config);

// Whether somebody may ask how things were.
bool collects_statistics(const config::Config& config);

http::statistics::RetentionPolicies retention_policies(const config::Management& management);
http::ApiSettings api_settings(const config::Config& config);
// All but the listeners.
http::NodeFacts node_facts(const config::Config& config);
// Of this process and its data folder, as they are now.
http::NodeGauges node_gauges(const config::Config& config);

}  // namespace warren::app
