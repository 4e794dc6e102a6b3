#include "amqp091/reply_code.h"

#include <gtest/gtest.h>

#include "amqp091/utf8.h"

namespace warren::amqp091 {
namespace {

TEST(ReplyCode, soft_errors_close_the_channel_and_hard_ones_the_connection) {
    for (const auto code :
         {ReplyCode::content_too_large, ReplyCode::no_route, ReplyCode::no_consumers,
          ReplyCode::access_refused, ReplyCode::not_found, ReplyCode::resource_locked,
          ReplyCode::precondition_failed})
        EXPECT_FALSE(closes_connection(code)) << reply_code_name(code);
    for (const auto code :
         {ReplyCode::connection_forced, ReplyCode::invalid_path, ReplyCode::frame_error,
          ReplyCode::syntax_error, ReplyCode::command_invalid, ReplyCode::channel_error,
          ReplyCode::unexpected_frame, ReplyCode::resource_error, ReplyCode::not_allowed,
          ReplyCode::not_implemented, ReplyCode::internal_error})
        EXPECT_TRUE(closes_connection(code)) << reply_code_name(code);
}

TEST(ReplyCode, text_starts_with_the_name_of_the_code) {
    const AmqpError error{ReplyCode::not_found, "no queue 'q' in vhost '/'", 50, 10};
    EXPECT_EQ(error.full_text(), "NOT_FOUND - no queue 'q' in vhost '/'");
    EXPECT_FALSE(error.closes_connection());
}

TEST(ReplyCode, error_without_text_is_the_bare_name) {
    EXPECT_EQ((AmqpError{.code = ReplyCode::internal_error}.full_text()), "INTERNAL_ERROR");
}

TEST(ReplyCode, text_of_255_bytes_stays_whole) {
    const std::string name(255 - std::string_view("NOT_FOUND - ").size(), 'x');
    EXPECT_EQ((AmqpError{ReplyCode::not_found, name}.full_text()), "NOT_FOUND - " + name);
}

TEST(ReplyCode, longer_text_is_cut_to_255_bytes_that_end_in_dots) {
    const std::string text =
        AmqpError{ReplyCode::not_found, "no queue '" + std::string(255, 'x') + "'"}.full_text();
    EXPECT_EQ(text, "NOT_FOUND - no queue '" + std::string(230, 'x') + "...");
    EXPECT_EQ(text.size(), 255u);
}

TEST(ReplyCode, cut_never_splits_a_character) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string name(shift, 'x');
        for (int count = 0; count < 80; ++count)
            name += "\xf0\x9f\x90\x87";
        const std::string text = AmqpError{ReplyCode::not_found, name}.full_text();
        EXPECT_LE(text.size(), 255u);
        EXPECT_GT(text.size(), 255u - 4);
        EXPECT_TRUE(is_utf8(text));
        EXPECT_TRUE(text.ends_with("..."));
    }
}

}  // namespace
}  // namespace warren::amqp091
