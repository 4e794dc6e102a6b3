#pragma once
// How a list is asked for: a page of it, only names that match, in an order, only some columns.
// What RabbitMQ's query parameters page, page_size, name, use_regex, sort, sort_reverse and columns
// mean.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.h"
#include "http/call.h"

namespace warren::http {

struct Page {
    std::uint64_t number = 1;
    std::uint64_t size = 100;

    // Of so many items, those of this page.
    std::uint64_t first() const {
        return number - 1 > UINT64_MAX / size ? UINT64_MAX : (number - 1) * size;
    }
    std::uint64_t count_of(std::uint64_t items) const;
};

// Matches names as the parameters `name` and `use_regex` say.
class NameFilter {
public:
    NameFilter() = default;
    NameFilter(std::string text, bool is_pattern);

    bool matches(std::string_view name) const;

private:
    std::string lowered_;  // empty: all match
    std::shared_ptr<const Pattern> pattern_;
    bool matches_nothing_ = false;  // the pattern is none
};

struct ListQuery {
    std::optional<Page> page;
    NameFilter filter;  // of a page only
    std::string sort;   // empty: by name
    bool reverse = false;
    std::vector<std::vector<std::string>> columns;  // each a path; empty: all

    bool wants(std::string_view column) const;
};

// Nothing if it makes no sense: then the call has been refused.
std::optional<ListQuery> list_query(const CallRef& call);

// Leaves only the columns asked for.
boost::json::object select_columns(boost::json::object object, const ListQuery& query);

// A page that lies behind the end is refused; true if so.
bool refuse_if_behind_end(const CallRef& call, const Page& page, std::uint64_t filtered);
// {"items":[...],...}; the items of this page, as text of a JSON array.
std::string page_text(const Page& page, std::uint64_t total, std::uint64_t filtered,
                      std::uint64_t on_page, std::string_view items);

// Answers with these objects: sorted as asked for, or by the given columns; cut to the page, if
// this list has pages.
enum class Paging : std::uint8_t { no, yes };
void respond_list(const CallRef& call, boost::json::array items,
                  std::initializer_list<std::string_view> order, Paging paging = Paging::no);
// A list of which only what is shown becomes JSON: rows by name and vhost, of which `render` makes
// the objects. (Sorted by anything else, all of them are made.)
struct ListRow {
    std::string vhost;
    std::string name;
    std::size_t index = 0;
};
using RenderRow = std::function<boost::json::object(std::size_t index)>;
void respond_rows(const CallRef& call, std::vector<ListRow> rows, const RenderRow& render,
                  Paging paging);
// Answers with one object, cut to the columns asked for.
void respond_object(const CallRef& call, boost::json::object object);

}  // namespace warren::http
