#include "http/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace warren::http {
namespace {

std::string unpacked(const std::string& packed, std::size_t bytes) {
    std::string text(bytes, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.total_out, bytes);
    inflateEnd(&stream);
    return text;
}

TEST(Gzip, clients_say_whether_they_take_it) {
    for (const char* header :
         {"gzip", "deflate, gzip", "gzip;q=0.5", "*", "br;q=1.0, gzip;q=0.8, *;q=0.1", " gzip ",
          "identity;q=0, gzip; q=1"})
        EXPECT_TRUE(accepts_gzip(header)) << header;
    for (const char* header : {"", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *",
                               "x-gzip", ",;,", "deflate"})
        EXPECT_FALSE(accepts_gzip(header)) << header;
}

TEST(Gzip, what_is_packed_comes_back) {
    std::string text;
    for (int n = 0; n < 10'000; ++n)
        text += "{\"name\":\"queue" + std::to_string(n) + "\",\"messages\":0},";
    const auto packed = gzipped(text);
    ASSERT_TRUE(packed.has_value());
    EXPECT_LT(packed->size() * 5, text.size());
    EXPECT_EQ(unpacked(*packed, text.size()), text);
}

TEST(Gzip, what_does_not_get_smaller_stays_as_it_is) {
    EXPECT_EQ(gzipped(""), std::nullopt);
    EXPECT_EQ(gzipped("{}"), std::nullopt);
}

}  // namespace
}  // namespace warren::http
