#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "storage/file_io.h"

namespace warren::storage {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

class system_files_test : public testing::Test {
protected:
    system_files_test() {
        std::string pattern = "/var/tmp/warren-files-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~system_files_test() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::unique_ptr<File> open(const std::string& name, OpenMode mode) {
        auto file = io_.open(path(name), mode);
        EXPECT_TRUE(file) << file.error().text();
        return std::move(*file);
    }
    void write(const std::string& name, std::string_view text) {
        EXPECT_TRUE(open(name, OpenMode::create)->write_at(0, as_bytes(text)));
    }
    std::string read(const std::string& name) {
        const auto contents = read_file(io_, path(name));
        EXPECT_TRUE(contents) << contents.error().text();
        return contents ? std::string(as_text(*contents)) : std::string();
    }

    FileIo& io_ = system_files();
    std::string folder_;
};

TEST_F(system_files_test, gives_back_what_was_written) {
    const auto file = open("a", OpenMode::create);
    ASSERT_TRUE(file->write_at(0, as_bytes("hello world")));
    ASSERT_TRUE(file->write_at(6, as_bytes("there")));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(*file->size(), 11u);
    std::vector<std::byte> part(5);
    EXPECT_EQ(*file->read_at(6, part), 5u);
    EXPECT_EQ(part, bytes_of("there"));
}

TEST_F(system_files_test, reads_less_only_where_the_file_ends) {
    write("a", "hello");
    const auto file = open("a", OpenMode::read);
    std::vector<std::byte> much(100);
    EXPECT_EQ(*file->read_at(3, much), 2u);
    EXPECT_EQ(*file->read_at(5, much), 0u);
    EXPECT_EQ(*file->read_at(500, much), 0u);
}

TEST_F(system_files_test, a_gap_reads_as_zeros) {
    const auto file = open("a", OpenMode::create);
    ASSERT_TRUE(file->write_at(3, as_bytes("x")));
    EXPECT_EQ(read("a"), std::string("\0\0\0x", 4));
}

TEST_F(system_files_test, modes_decide_what_becomes_of_the_contents) {
    EXPECT_EQ(io_.open(path("a"), OpenMode::read).error().code, ENOENT);
    EXPECT_EQ(io_.open(path("a"), OpenMode::update).error().code, ENOENT);
    write("a", "hello");
    ASSERT_TRUE(open("a", OpenMode::update)->write_at(0, as_bytes("J")));
    EXPECT_EQ(read("a"), "Jello");
    EXPECT_EQ(open("a", OpenMode::read)->write_at(0, as_bytes("J")).error().code, EBADF);
    open("a", OpenMode::create);
    EXPECT_EQ(read("a"), "");
}

TEST_F(system_files_test, files_are_not_for_everybody) {
    const mode_t before = ::umask(0);
    write("a", "secret");
    ASSERT_TRUE(io_.create_folder(path("b")));
    ::umask(before);
    struct stat status{};
    ASSERT_EQ(::stat(path("a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0640u);
    ASSERT_EQ(::stat(path("b").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0750u);
}

TEST_F(system_files_test, truncate_cuts_and_lengthens) {
    write("a", "hello");
    const auto file = open("a", OpenMode::update);
    ASSERT_TRUE(file->truncate(2));
    EXPECT_EQ(read("a"), "he");
    ASSERT_TRUE(file->truncate(4));
    EXPECT_EQ(read("a"), std::string("he\0\0", 4));
}

TEST_F(system_files_test, reserve_lengthens_with_zeros_and_never_cuts) {
    write("a", "hello");
    const auto file = open("a", OpenMode::update);
    ASSERT_TRUE(file->reserve(8));
    EXPECT_EQ(read("a"), std::string("hello\0\0\0", 8));
    ASSERT_TRUE(file->reserve(2));
    ASSERT_TRUE(file->reserve(0));
    EXPECT_EQ(*file->size(), 8u);
}

TEST_F(system_files_test, will_need_may_name_what_is_not_there) {
    write("a", "hello");
    open("a", OpenMode::read)->will_need(3, 1u << 20);
    EXPECT_EQ(read("a"), "hello");
}

TEST_F(system_files_test, rename_replaces) {
    write("a", "new");
    write("b", "old");
    ASSERT_TRUE(io_.rename(path("a"), path("b")));
    EXPECT_EQ(read("b"), "new");
    EXPECT_EQ(io_.open(path("a"), OpenMode::read).error().code, ENOENT);
    EXPECT_EQ(io_.rename(path("a"), path("b")).error().code, ENOENT);
}

TEST_F(system_files_test, an_open_file_outlives_its_name) {
    write("a", "hello");
    const auto file = open("a", OpenMode::read);
    ASSERT_TRUE(io_.remove(path("a")));
    std::vector<std::byte> contents(5);
    EXPECT_EQ(*file->read_at(0, contents), 5u);
    EXPECT_EQ(io_.remove(path("a")).error().code, ENOENT);
}

TEST_F(system_files_test, lists_in_order_of_names) {
    write("c", "123");
    write("a", "");
    ASSERT_TRUE(io_.create_folder(path("b")));
    const auto entries = *io_.list(folder_);
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(entries[0].name, "a");
    EXPECT_EQ(entries[0].bytes, 0u);
    EXPECT_FALSE(entries[0].directory);
    EXPECT_EQ(entries[1].name, "b");
    EXPECT_TRUE(entries[1].directory);
    EXPECT_EQ(entries[2].name, "c");
    EXPECT_EQ(entries[2].bytes, 3u);
    EXPECT_EQ(io_.list(path("d")).error().code, ENOENT);
}

TEST_F(system_files_test, folders_come_with_their_parents) {
    ASSERT_TRUE(io_.create_folder(path("x/y//z/")));
    EXPECT_TRUE(std::filesystem::is_directory(path("x/y/z")));
    EXPECT_TRUE(io_.create_folder(path("x/y/z")));
    EXPECT_TRUE(io_.sync_folder(path("x/y")));
    EXPECT_TRUE(io_.create_folder("/"));
    write("a", "in the way");
    EXPECT_EQ(io_.create_folder(path("a")).error().code, EEXIST);
    EXPECT_EQ(io_.create_folder(path("a/b")).error().code, EEXIST);
    EXPECT_EQ(io_.sync_folder(path("a")).error().code, ENOTDIR);
    EXPECT_EQ(io_.sync_folder(path("none")).error().code, ENOENT);
}

TEST_F(system_files_test, folders_may_be_named_from_here) {
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
    EXPECT_TRUE(io_.create_folder("here/below"));
    EXPECT_TRUE(std::filesystem::is_directory(path("here/below")));
    std::filesystem::current_path(before);
}

TEST_F(system_files_test, knows_how_much_space_is_left) {
    EXPECT_GT(*io_.free_bytes(folder_), 0u);
    EXPECT_EQ(io_.free_bytes(path("none")).error().code, ENOENT);
}

TEST_F(system_files_test, a_lock_is_held_once_until_it_is_given_back) {
    auto held = io_.lock(path("lock"));
    ASSERT_TRUE(held);
    EXPECT_EQ(io_.lock(path("lock")).error().code, EWOULDBLOCK);
    held->reset();
    EXPECT_TRUE(io_.lock(path("lock")));
}

TEST_F(system_files_test, errors_say_what_where_and_why) {
    const auto full = *io_.open("/dev/full", OpenMode::update);
    const auto refused = full->write_at(0, as_bytes("x"));
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().disk_full());
    EXPECT_EQ(refused.error().text(), "cannot write /dev/full: No space left on device (errno 28)");
    const auto missing = io_.open(path("a"), OpenMode::read);
    EXPECT_FALSE(missing.error().disk_full());
    EXPECT_EQ(missing.error().text(),
              "cannot open " + path("a") + ": No such file or directory (errno 2)");
}

// A write that the kernel cuts short is continued, and the error that ends it is told.
TEST_F(system_files_test, a_write_that_fits_in_part_is_an_error) {
    const auto file = open("a", OpenMode::create);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler_before = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 8, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto written = file->write_at(0, as_bytes("0123456789"));
    const auto reserved = file->reserve(100);
    const auto lengthened = file->truncate(100);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler_before);
    EXPECT_EQ(written.error().code, EFBIG);
    EXPECT_EQ(reserved.error().code, EFBIG);
    EXPECT_EQ(lengthened.error().code, EFBIG);
}

}  // namespace
}  // namespace warren::storage
