#pragma once
// A directory of files for one test; removed with it.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace warren {

class TestFiles {
public:
    TestFiles() {
        std::string pattern = (std::filesystem::temp_directory_path() / "warren_XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
    }
    ~TestFiles() { std::filesystem::remove_all(directory_); }
    TestFiles(const TestFiles&) = delete;
    TestFiles& operator=(const TestFiles&) = delete;

    // Writes a file, and its directories, and returns its path.
    std::string write(const std::string& name, const std::string& content) const {
        const std::filesystem::path file = std::filesystem::path(directory_) / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        return file.string();
    }
    std::string path(const std::string& name = "") const {
        return name.empty() ? directory_ : directory_ + "/" + name;
    }

private:
    std::string directory_;
};

}  // namespace warren
