#include "options.h"

#include <algorithm>
#include <charconv>

namespace loadgen {
namespace {

// Of one producer channel's publishes, which are all laid out beforehand.
constexpr std::size_t rounds_bytes_max = 256u << 20;

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        unsigned value = 0;
        const auto [end, error] =
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        if (error != std::errc{} || end != text.data() + i + 3) return std::nullopt;
        out.push_back(static_cast<char>(value));
        i += 2;
    }
    return out;
}

bool apply_authority(std::string_view authority, Target& target) {
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = authority.substr(0, at);
        const std::size_t colon = login.find(':');
        const auto user = percent_decoded(login.substr(0, colon));
        if (!user) return false;
        target.user = *user;
        if (colon != std::string_view::npos) {
            const auto password = percent_decoded(login.substr(colon + 1));
            if (!password) return false;
            target.password = *password;
        }
        authority.remove_prefix(at + 1);
    }
    if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
        const std::string_view port = authority.substr(colon + 1);
        const auto [end, error] =
            std::from_chars(port.data(), port.data() + port.size(), target.port);
        if (error != std::errc{} || end != port.data() + port.size()) return false;
        authority = authority.substr(0, colon);
    }
    if (!authority.empty()) target.host = authority;
    return true;
}

}  // namespace

bool apply_uri(std::string_view uri, Target& target) {
    constexpr std::string_view scheme = "amqp://";
    if (!uri.starts_with(scheme)) return false;
    uri.remove_prefix(scheme.size());
    uri = uri.substr(0, uri.find('?'));
    const std::size_t slash = uri.find('/');
    if (!apply_authority(uri.substr(0, slash), target)) return false;
    if (slash == std::string_view::npos) return true;
    // As the AMQP URI specification has it: "amqp://host/" names the vhost of empty name, "%2f" the
    // usual one.
    const auto vhost = percent_decoded(uri.substr(slash + 1));
    if (!vhost) return false;
    target.vhost = *vhost;
    return true;
}

std::string Options::queue_name(unsigned index) const {
    std::string name = queue_pattern;
    if (const std::size_t at = name.find("%d"); at != std::string::npos) {
        std::string number = std::to_string(queue_pattern_from + index);
        // Routing keys of one producer are of one length.
        const std::size_t longest = std::to_string(queue_pattern_from + queues - 1).size();
        if (spread) number.insert(0, longest - number.size(), '0');
        name.replace(at, 2, number);
    }
    return name;
}

std::string Options::binding_key(unsigned queue_index) const {
    return routing_key.empty() ? queue_name(queue_index) : routing_key;
}

unsigned Options::copies_of_each_message() const {
    if (streams) return std::max(consumers, 1u);
    if (exchange.empty()) return 1;
    return exchange_type == "fanout" || !routing_key.empty() ? queues : 1;
}

std::optional<std::string> find_contradiction(const Options& options) {
    const bool other_kind = options.idle_connections > 0 || options.churn != Churn::none;
    if (options.queues == 0) return "--queues must be at least 1";
    if (options.queues > 1 && options.queue_pattern.find("%d") == std::string::npos) {
        return "--queue-pattern needs a %d for more than one queue";
    }
    if (options.spreads() && options.copies_of_each_message() > 1)
        return "--spread and --bindings want each message in one queue";
    if (options.bindings > 0 && options.exchange.empty()) return "--bindings needs an --exchange";
    if (options.bindings % options.queues != 0) return "--bindings must be a multiple of --queues";
    if (options.spreads() &&
        options.body_bytes > rounds_bytes_max / options.spread_over().destinations())
        return "--size is too large for so many routing keys";
    if (options.threads == 0) return "--threads must be at least 1";
    if (options.streams && options.queues > 1) return "--streams takes one queue";
    if (options.drain && options.spreads()) return "--drain cannot check what was spread";
    if (options.drain && options.producers > 0)
        return "--drain publishes nothing: leave --producers out";
    if (!other_kind && options.producers == 0 && options.consumers == 0) {
        return "neither a producer nor a consumer";
    }
    if (options.producer_channels == 0) return "--producer-channels must be at least 1";
    if (options.source_limit() > 65535) return "at most 65535 producer channels";
    if (options.confirm_window > (1u << 20)) return "--confirm is at most 1048576";
    if (options.prefetch > 0 && !options.auto_ack && options.ack_every > options.prefetch) {
        return "--ack-every above --prefetch would wait for ever";
    }
    if (options.ack_every == 0) return "--ack-every must be at least 1";
    if (options.latency && options.body_bytes < 16)
        return "--latency needs a --size of at least 16";
    if (options.consumers > 0 && options.consumers < options.queues && options.threads > 1 &&
        !other_kind) {
        return "consumers of several queues each want --threads 1";
    }
    if (options.churn_depth == 0 || options.churn_connections == 0)
        return "--churn-depth and --churn-connections must be at least 1";
    if (options.churn_leave && (options.churn != Churn::queue || options.churn_count == 0))
        return "--churn-leave takes --churn queue and --churn-count";
    if (options.churn == Churn::channel &&
        std::max(options.churn_depth, options.churn_count / options.churn_connections) > 2047)
        return "at most 2047 channels on a connection";
    if (options.target.frame_bytes_max < 4096) return "--frame-max is at least 4096";
    return std::nullopt;
}

}  // namespace loadgen
