#include "http/routes/pages.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace warren::http {
namespace {

void answer(const CallRef& /*call*/) {}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size()))
        ++count;
    return count;
}

// "queues/<i>vhost</i>" as the table writes it.
std::string written(std::string_view path) {
    std::string text;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string word(path.substr(at, end - at));
        text += word.starts_with(':') ? "/<i>" + word.substr(1) + "</i>" : "/" + word;
        at = end + 1;
    }
    return text;
}

TEST(PagesTest, the_reference_has_every_resource_but_those_of_the_owner) {
    const std::string page = reference_page(resource_table(), "");
    for (const Resource& resource : resource_table()) {
        const std::string cell = "<code>/api" + written(resource.path) + "</code>";
        EXPECT_EQ(count_of(page, cell), resource.need == Need::owner ? 0 : 1) << resource.path;
    }
    EXPECT_FALSE(page.contains("/api/node/"));
}

TEST(PagesTest, the_reference_tells_methods_and_who_may) {
    constexpr Resource table[] = {
        {"version", {.get = answer}, Need::nothing},
        {"name", {.get = answer, .put = answer}, Need::management, Need::administrator},
        {"queues/:vhost", {.get = answer, .post = answer, .del = answer}, Need::vhost},
        {"reset", {.del = answer}, Need::monitoring, Need::administrator},
        {"list", {.get = answer}, Need::monitoring, Need::administrator},
    };
    const std::string page = reference_page(table, "");
    for (const char* cells :
         {"<td>GET</td><td>everybody</td>",
          "<td>GET PUT</td><td>management; to change it, administrator</td>",
          "<td><code>/api/queues/<i>vhost</i></code></td><td>GET POST DELETE</td>"
          "<td>management, in the virtual host</td>",
          "<td><code>/api/reset</code></td><td>DELETE</td><td>administrator</td>",
          "<td>GET</td><td>monitoring</td>"})
        EXPECT_TRUE(page.contains(cells)) << cells;
}

TEST(PagesTest, links_have_the_prefix_and_nothing_breaks_out_of_them) {
    constexpr Resource table[] = {{"version", {.get = answer}, Need::nothing}};
    EXPECT_TRUE(reference_page(table, "").contains("<a href=\"/api/version\">"));
    EXPECT_TRUE(reference_page(table, "/r").contains("<a href=\"/r/api/version\">"));
    EXPECT_TRUE(reference_page(table, "/r").contains("<a href=\"/r/cli/index.html\">"));
    EXPECT_TRUE(rabbitmqadmin_page("/r").contains("<a href=\"/r/api/index.html\">"));
    EXPECT_FALSE(rabbitmqadmin_page("").contains("--path-prefix"));
    for (const std::string& page :
         {reference_page(table, "/\"><script>&"), rabbitmqadmin_page("/\"><script>&")}) {
        EXPECT_FALSE(page.contains("<script"));
        EXPECT_TRUE(page.contains("/&quot;&gt;&lt;script&gt;&amp;"));
    }
}

TEST(PagesTest, folders_lead_to_the_page_in_them) {
    using Path = std::vector<std::string>;
    EXPECT_EQ(page_behind(Path{"api"}, ""), "/api/index.html");
    EXPECT_EQ(page_behind(Path{"cli"}, "/r"), "/r/cli/index.html");
    EXPECT_EQ(page_behind(Path{}, ""), std::nullopt);
    EXPECT_EQ(page_behind(Path{"login"}, ""), std::nullopt);
    EXPECT_EQ(page_behind(Path{"api", "overview"}, ""), std::nullopt);
}

}  // namespace
}  // namespace warren::http
