#include "net/local_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

namespace warren::net {
namespace {

class LocalSocket : public testing::Test {
protected:
    LocalSocket() {
        std::string pattern = testing::TempDir() + "local_socket_XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~LocalSocket() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
};

// The other end of a connection to the listening socket.
Socket connect_to(const ListeningSocket& listening) {
    sockaddr_un address{};
    Socket client(::socket(AF_UNIX, SOCK_STREAM, 0));
    address.sun_family = AF_UNIX;
    listening.address.host.copy(address.sun_path, sizeof address.sun_path - 1);
    address.sun_path[listening.address.host.size()] = '\0';
    EXPECT_EQ(::connect(client.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address),
              0);
    return client;
}

TEST_F(LocalSocket, only_its_owner_may_use_the_file) {
    const auto listening = open_local_socket(folder_, "s");
    ASSERT_TRUE(listening) << listening.error();
    struct stat file{};
    ASSERT_EQ(::stat((folder_ + "/s").c_str(), &file), 0);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(LocalSocket, the_system_says_whose_a_connection_is) {
    const auto listening = open_local_socket(folder_, "s");
    ASSERT_TRUE(listening) << listening.error();
    const Socket client = connect_to(*listening);
    const Socket accepted(::accept(listening->socket.descriptor(), nullptr, nullptr));
    EXPECT_TRUE(is_of_owner(accepted.descriptor()));
    EXPECT_FALSE(is_of_owner(-1));
}

TEST_F(LocalSocket, what_a_crash_has_left_is_replaced) {
    std::ofstream(folder_ + "/s") << "not a socket";
    const auto listening = open_local_socket(folder_, "s");
    ASSERT_TRUE(listening) << listening.error();
    connect_to(*listening);
}

TEST_F(LocalSocket, a_path_may_be_longer_than_an_address) {
    const std::string deep = folder_ + "/" + std::string(200, 'x');
    std::filesystem::create_directory(deep);
    EXPECT_TRUE(open_local_socket(deep, "s"));
    EXPECT_TRUE(std::filesystem::is_socket(deep + "/s"));
}

TEST_F(LocalSocket, the_error_names_the_path) {
    const auto listening = open_local_socket(folder_ + "/none", "s");
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error(),
              "cannot listen on " + folder_ + "/none/s: No such file or directory");
}

}  // namespace
}  // namespace warren::net
