#include "http/metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace warren::http::metrics {
namespace {

constexpr Metric depth{"depth", Kind::gauge, "How deep it is"};
constexpr Metric seen{"seen_total", Kind::counter, "How often it was seen"};

std::string all_of(Exposition& exposition) {
    std::string text;
    while (exposition.write_piece(text)) {
    }
    return text;
}

TEST(ExpositionTest, a_metric_has_a_type_a_help_and_its_samples) {
    Exposition exposition("rabbitmq_");
    exposition.add(depth, 2, [](Samples& samples, std::size_t row) {
        samples.write(label("queue", row == 0 ? "a" : "b"), row + 7);
    });
    exposition.add(seen, 12);
    EXPECT_EQ(all_of(exposition),
              "# TYPE rabbitmq_depth gauge\n"
              "# HELP rabbitmq_depth How deep it is\n"
              "rabbitmq_depth{queue=\"a\"} 7\n"
              "rabbitmq_depth{queue=\"b\"} 8\n"
              "# TYPE rabbitmq_seen_total counter\n"
              "# HELP rabbitmq_seen_total How often it was seen\n"
              "rabbitmq_seen_total 12\n");
}

TEST(ExpositionTest, names_that_break_the_format_are_escaped) {
    EXPECT_EQ(label("queue", "a\"b\\c\nd"), "queue=\"a\\\"b\\\\c\\nd\"");
    EXPECT_EQ(joined("", "a=\"1\""), "a=\"1\"");
    EXPECT_EQ(joined("a=\"1\"", "b=\"2\""), "a=\"1\",b=\"2\"");
}

TEST(ExpositionTest, real_numbers_are_written_as_prometheus_reads_them) {
    Exposition exposition("");
    exposition.add_real(depth, 0.5);
    exposition.add_real(depth, std::numeric_limits<double>::quiet_NaN());
    const std::string text = all_of(exposition);
    EXPECT_NE(text.find("depth 0.5\n"), std::string::npos);
    EXPECT_NE(text.find("depth NaN\n"), std::string::npos);
}

TEST(ExpositionTest, a_long_answer_comes_in_pieces_that_say_the_same) {
    constexpr std::size_t rows = 20'000;
    Exposition exposition("rabbitmq_");
    for (const Metric* metric : {&depth, &seen})
        exposition.add(*metric, rows, [](Samples& samples, std::size_t row) {
            samples.write(label("queue", std::to_string(row)), row);
        });
    std::string text;
    std::size_t pieces = 0;
    for (bool more = true; more; ++pieces) {
        std::string piece;
        more = exposition.write_piece(piece);
        EXPECT_LT(piece.size(), 70'000u);
        text += piece;
    }
    EXPECT_GT(pieces, 10u);
    std::size_t lines = 0;
    for (const char letter : text)
        lines += letter == '\n';
    EXPECT_EQ(lines, 2 * (rows + 2));
    EXPECT_NE(text.find("rabbitmq_seen_total{queue=\"19999\"} 19999\n"), std::string::npos);
}

TEST(ExpositionTest, a_metric_without_rows_is_named_all_the_same) {
    Exposition exposition("x_");
    exposition.add(depth, 0, nullptr);
    exposition.add_comment("3 queues are left out");
    EXPECT_EQ(all_of(exposition),
              "# TYPE x_depth gauge\n# HELP x_depth How deep it is\n# 3 queues are left out\n");
}

}  // namespace
}  // namespace warren::http::metrics
