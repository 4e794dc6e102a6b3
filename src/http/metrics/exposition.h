#pragma once
// An answer to a scrape, as a list of what is to be written: metrics, each with its rows. The text
// is made piece by piece while it is sent, because that of fifty thousand queues is a hundred
// megabytes. What the rows need was gathered before and does not change any more.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "http/metrics/text.h"

namespace warren::http::metrics {

class Exposition {
public:
    // Writes the samples of one row: one, several, or none.
    using WriteRow = std::move_only_function<void(Samples& samples, std::size_t row)>;

    // All names begin with it.
    explicit Exposition(std::string prefix) : prefix_(std::move(prefix)) {}

    // `metric` lives as long as the exposition. Its head is written even if it has no rows.
    void add(const Metric& metric, std::size_t rows, WriteRow write);
    void add(const Metric& metric, std::uint64_t value);
    void add_real(const Metric& metric, double value);
    // From here on names begin so, until it is changed back.
    void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }
    // A line of its own, without the sign.
    void add_comment(std::string text);

    // Appends the next piece; false once that was all.
    bool write_piece(std::string& into);

private:
    struct Part {
        std::string prefix;
        const Metric* metric = nullptr;  // null: a comment, in `prefix`
        std::size_t rows = 0;
        WriteRow write;
    };

    // False: the part is through.
    bool write_rows(Part& part, std::string& into, std::size_t bytes_max);

    std::string prefix_;
    std::vector<Part> parts_;
    std::size_t next_part_ = 0;
    std::size_t next_row_ = 0;  // of that part
};

}  // namespace warren::http::metrics
