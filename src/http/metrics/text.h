#pragma once
// The text format of Prometheus, version 0.0.4, written into a string:
//
//   # TYPE rabbitmq_queue_messages gauge
//   # HELP rabbitmq_queue_messages Messages of a queue, ready or not
//   rabbitmq_queue_messages{vhost="/",queue="q"} 12
#include <cstdint>
#include <string>
#include <string_view>

namespace warren::http::metrics {

enum class Kind : std::uint8_t { counter, gauge, histogram, untyped };

// Without the prefix that all names of an answer have.
struct Metric {
    std::string_view name;
    Kind kind;
    std::string_view help;
};

// `vhost="a\"b"`; empty labels go before or behind others with a comma by joined().
std::string label(std::string_view name, std::string_view value);
std::string joined(std::string_view left, std::string_view right);

// Writes samples of one metric.
class Samples {
public:
    Samples(std::string& into, std::string_view prefix, const Metric& metric)
        : into_(into), prefix_(prefix), metric_(metric) {}

    void write_head();
    // Labels as label() makes them, or none.
    void write(std::string_view labels, std::uint64_t value);
    void write_real(std::string_view labels, double value);
    // With a word behind the name: "_bucket", "_sum", "_count".
    void write_part(std::string_view part, std::string_view labels, std::uint64_t value);
    void write_real_part(std::string_view part, std::string_view labels, double value);

private:
    void write_name(std::string_view part, std::string_view labels);

    std::string& into_;
    std::string_view prefix_;
    const Metric& metric_;
};

}  // namespace warren::http::metrics
