#include "http/multipart.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

const std::string body =
    "--xx\r\nContent-Disposition: form-data; name=\"redirect\"\r\n\r\n/here\r\n"
    "--xx\r\ncontent-type: application/json\r\n"
    "content-disposition: form-data; filename=\"a \\\"b;c\\\".json\"; name=file\r\n\r\n"
    "{\r\n}\r\n--xx--\r\n";

TEST(Multipart, the_boundary_stands_in_the_content_type) {
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=xx"), "xx");
    EXPECT_EQ(form_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"x y\""), "x y");
    EXPECT_EQ(form_boundary("multipart/form-data"), std::nullopt);
    EXPECT_EQ(form_boundary("multipart/form-data; boundary="), std::nullopt);
    EXPECT_EQ(form_boundary("multipart/mixed; boundary=xx"), std::nullopt);
    EXPECT_EQ(form_boundary(""), std::nullopt);
}

TEST(Multipart, parts_have_names_and_keep_their_bytes) {
    const auto parts = form_parts(body, "xx");
    ASSERT_TRUE(parts.has_value());
    ASSERT_EQ(parts->size(), 2u);
    EXPECT_EQ((*parts)[0].name, "redirect");
    EXPECT_EQ((*parts)[0].content, "/here");
    EXPECT_EQ((*parts)[1].name, "file");
    EXPECT_EQ((*parts)[1].content, "{\r\n}");
}

TEST(Multipart, a_form_without_parts_is_one) {
    EXPECT_TRUE(form_parts("--xx--", "xx")->empty());
}

TEST(Multipart, parts_without_a_name_are_left_out) {
    EXPECT_TRUE(form_parts("--xx\r\n\r\nwhat\r\n--xx--", "xx")->empty());
    EXPECT_TRUE(form_parts("--xx\r\nno head at all\r\n--xx--", "xx")->empty());
}

TEST(Multipart, what_is_cut_off_anywhere_is_refused) {
    const std::size_t end = body.find("--xx--") + std::string_view("--xx--").size();
    for (std::size_t bytes = 0; bytes < end; ++bytes)
        EXPECT_FALSE(form_parts(std::string_view(body).substr(0, bytes), "xx")) << bytes;
    for (std::size_t bytes = end; bytes <= body.size(); ++bytes)
        EXPECT_TRUE(form_parts(std::string_view(body).substr(0, bytes), "xx")) << bytes;
}

TEST(Multipart, other_boundaries_are_content) {
    EXPECT_FALSE(form_parts(body, "yy").has_value());
    EXPECT_FALSE(form_parts("--xxx\r\n\r\n--xxx--", "xx").has_value());
}

}  // namespace
}  // namespace warren::http
