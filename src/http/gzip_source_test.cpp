#include "http/gzip_source.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace warren::http {
namespace {

std::string unzipped(std::string& packed) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    std::string text(10'000'000, ' ');
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(stream.total_out);
    inflateEnd(&stream);
    return text;
}

TEST(GzipSourceTest, what_comes_in_pieces_is_whole_when_unpacked) {
    std::string expected;
    int pieces = 0;
    BodySource source = gzipped([&](std::string& piece) {
        for (int line = 0; line < 1000; ++line)
            piece += std::to_string(pieces * line) + " of something that repeats\n";
        expected += piece;
        return ++pieces < 50;
    });
    std::string packed;
    while (source(packed)) {
    }
    EXPECT_EQ(unzipped(packed), expected);
    EXPECT_LT(packed.size(), expected.size() / 4);
}

TEST(GzipSourceTest, nothing_becomes_an_empty_file) {
    BodySource source = gzipped([](std::string&) { return false; });
    std::string packed;
    EXPECT_FALSE(source(packed));
    EXPECT_EQ(unzipped(packed), "");
}

}  // namespace
}  // namespace warren::http
