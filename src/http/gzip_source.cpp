#include "http/gzip_source.h"

#include <zlib.h>

#include <memory>
#include <utility>

#include "base/ensure.h"

namespace warren::http {

namespace {

class Gzip {
public:
    explicit Gzip(BodySource source) : source_(std::move(source)) {
        constexpr int gzip_window_bits = MAX_WBITS + 16;
        constexpr int memory_level = 8;
        ENSURE(deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, gzip_window_bits, memory_level,
                            Z_DEFAULT_STRATEGY) == Z_OK);
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() { deflateEnd(&stream_); }

    bool write_piece(std::string& into) {
        plain_.clear();
        const bool more = source_(plain_);
        stream_.next_in = reinterpret_cast<Bytef*>(plain_.data());
        stream_.avail_in = static_cast<uInt>(plain_.size());
        do
            into.append(deflated_, take_output(more ? Z_NO_FLUSH : Z_FINISH));
        while (stream_.avail_out == 0);
        return more;
    }

private:
    std::size_t take_output(int flush) {
        stream_.next_out = reinterpret_cast<Bytef*>(deflated_);
        stream_.avail_out = sizeof(deflated_);
        ENSURE(deflate(&stream_, flush) != Z_STREAM_ERROR);
        return sizeof(deflated_) - stream_.avail_out;
    }

    BodySource source_;
    z_stream stream_{};
    std::string plain_;
    char deflated_[16'384];
};

}  // namespace

BodySource gzipped(BodySource source) {
    return [gzip = std::make_unique<Gzip>(std::move(source))](std::string& piece) {
        return gzip->write_piece(piece);
    };
}

}  // namespace warren::http
