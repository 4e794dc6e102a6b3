#pragma once
// Pages for people, which the management port serves to everybody: what there is under /api, made
// from the table of resources itself, and how rabbitmqadmin is pointed here.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/router.h"

namespace warren::http {

// The prefix is what the operator has put before all paths: "/rabbit", or nothing.
std::string reference_page(std::span<const Resource> table, std::string_view prefix);
std::string rabbitmqadmin_page(std::string_view prefix);

// "/api" and "/cli" lead to the page in that folder; nothing for all other paths.
std::optional<std::string> page_behind(std::span<const std::string> path, std::string_view prefix);

}  // namespace warren::http
