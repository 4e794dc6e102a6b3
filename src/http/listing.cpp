#include "http/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <tuple>

#include "http/json_support.h"

namespace warren::http {

namespace {

constexpr std::uint64_t page_size_max = 500;

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end != 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// False: it is there and no number.
bool read_number(const std::string* text, std::optional<std::int64_t>& number) {
    if (text == nullptr) return true;
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (fault != std::errc() || end != text->data() + text->size()) return false;
    number = value;
    return true;
}

// False: the call has been refused.
bool read_page(const CallRef& call, ListQuery& query) {
    std::optional<std::int64_t> number;
    std::optional<std::int64_t> size;
    if (!read_number(call->query("page"), number) || !read_number(call->query("page_size"), size)) {
        call->refuse_bad("Pagination parameters are invalid");
        return false;
    }
    if (!number && !size) return true;
    Page page;
    const bool fits = number.value_or(1) > 0 && size.value_or(1) > 0 &&
                      size.value_or(1) <= static_cast<std::int64_t>(page_size_max);
    if (!fits || !number) {
        call->refuse(400, "invalid_pagination_parameters",
                     fmt::format("Invalid pagination parameters: page number {}, page size {}",
                                 number ? std::to_string(*number) : "undefined",
                                 size ? std::to_string(*size) : "undefined"));
        return false;
    }
    page.number = static_cast<std::uint64_t>(*number);
    if (size) page.size = static_cast<std::uint64_t>(*size);
    query.page = page;
    const std::string* name = call->query("name");
    if (name != nullptr && !name->empty())
        query.filter = NameFilter(*name, call->query_is_true("use_regex"));
    return true;
}

const json::value* find_path(const json::object& object, std::span<const std::string> path) {
    const json::object* at = &object;
    const json::value* value = nullptr;
    for (const auto& step : path) {
        if (at == nullptr) return nullptr;
        value = at->if_contains(step);
        if (value == nullptr) return nullptr;
        at = value->if_object();
    }
    return value;
}

int rank(const json::value* value) {
    if (value == nullptr || value->is_null()) return 0;
    if (value->is_number()) return 1;
    if (value->is_bool()) return 2;
    return value->is_string() ? 3 : 4;
}

// As far as values of one column have an order.
int compare(const json::value* left, const json::value* right) {
    if (rank(left) != rank(right)) return rank(left) < rank(right) ? -1 : 1;
    if (rank(left) == 1) {
        const double a = left->to_number<double>();
        const double b = right->to_number<double>();
        return a < b ? -1 : a > b ? 1 : 0;
    }
    if (rank(left) == 2)
        return static_cast<int>(left->get_bool()) - static_cast<int>(right->get_bool());
    if (rank(left) == 3) return left->get_string().compare(right->get_string());
    return 0;
}

using SortKeys = std::vector<std::vector<std::string>>;

void sort_items(json::array& items, const SortKeys& keys, bool reverse) {
    std::stable_sort(
        items.begin(), items.end(), [&](const json::value& left, const json::value& right) {
            for (const auto& key : keys) {
                const int order =
                    compare(find_path(left.get_object(), key), find_path(right.get_object(), key));
                if (order != 0) return reverse ? order > 0 : order < 0;
            }
            return false;
        });
}

void keep_path(const json::object& from, std::span<const std::string> path, json::object& into) {
    const json::value* value = from.if_contains(path.front());
    if (value == nullptr) return;
    const json::object* inner = value->if_object();
    if (path.size() == 1 || inner == nullptr) {
        into[path.front()] = *value;
        return;
    }
    json::value& kept = into[path.front()];
    if (!kept.is_object()) kept.emplace_object();
    keep_path(*inner, path.subspan(1), kept.get_object());
}

void keep_matching(json::array& items, const NameFilter& filter) {
    const auto misses = [&](const json::value& item) {
        const json::value* name = item.get_object().if_contains("name");
        return name == nullptr || !name->is_string() || !filter.matches(view(name->get_string()));
    };
    items.erase(std::remove_if(items.begin(), items.end(), misses), items.end());
}

}  // namespace

std::uint64_t Page::count_of(std::uint64_t items) const {
    return first() >= items ? 0 : std::min(size, items - first());
}

NameFilter::NameFilter(std::string text, bool is_pattern) {
    if (!is_pattern) {
        std::ranges::transform(text, std::back_inserter(lowered_), lower);
        return;
    }
    if (auto compiled = Pattern::compile("(?i)" + text))
        pattern_ = std::make_shared<const Pattern>(std::move(*compiled));
    else
        matches_nothing_ = true;
}

bool NameFilter::matches(std::string_view name) const {
    if (matches_nothing_) return false;
    if (pattern_) return pattern_->matches(name);
    if (lowered_.empty()) return true;
    return !std::ranges::search(name, lowered_, {}, lower).empty();
}

bool ListQuery::wants(std::string_view column) const {
    return columns.empty() ||
           std::ranges::any_of(columns, [&](const auto& path) { return path.front() == column; });
}

std::optional<ListQuery> list_query(const CallRef& call) {
    ListQuery query;
    if (!read_page(call, query)) return std::nullopt;
    if (const std::string* sort = call->query("sort")) query.sort = *sort;
    query.reverse = call->query_is_true("sort_reverse");
    if (const std::string* columns = call->query("columns"))
        for (const auto& column : split(*columns, ','))
            if (auto path = split(column, '.'); !path.empty())
                query.columns.push_back(std::move(path));
    return query;
}

json::object select_columns(json::object object, const ListQuery& query) {
    if (query.columns.empty()) return object;
    json::object selected;
    for (const auto& path : query.columns)
        keep_path(object, path, selected);
    return selected;
}

bool refuse_if_behind_end(const CallRef& call, const Page& page, std::uint64_t filtered) {
    if (page.number == 1 || page.count_of(filtered) != 0) return false;
    call->refuse(400, "page_out_of_range",
                 fmt::format("Page out of range, page: {} page size: {}, len: {}", page.number,
                             page.size, filtered));
    return true;
}

std::string page_text(const Page& page, std::uint64_t total, std::uint64_t filtered,
                      std::uint64_t on_page, std::string_view items) {
    return fmt::format(
        "{{\"filtered_count\":{},\"item_count\":{},\"items\":{},\"page\":{},\"page_count\":{},"
        "\"page_size\":{},\"total_count\":{}}}",
        filtered, on_page, items, page.number, (filtered + page.size - 1) / page.size, page.size,
        total);
}

void respond_list(const CallRef& call, json::array items,
                  std::initializer_list<std::string_view> order, Paging paging) {
    auto query = list_query(call);
    if (!query) return;
    if (paging == Paging::no) query->page.reset();
    const std::uint64_t total = items.size();
    if (query->page) keep_matching(items, query->filter);
    SortKeys keys;
    if (!query->sort.empty()) keys.push_back(split(query->sort, '.'));
    for (const auto& column : order)
        keys.push_back({std::string(column)});
    sort_items(items, keys, query->reverse);
    const std::uint64_t filtered = items.size();
    if (query->page) {
        if (refuse_if_behind_end(call, *query->page, filtered)) return;
        const auto first =
            items.begin() + static_cast<std::ptrdiff_t>(std::min(query->page->first(), filtered));
        const auto count = static_cast<std::ptrdiff_t>(query->page->count_of(filtered));
        items.erase(first + count, items.end());
        items.erase(items.begin(), items.end() - count);
    }
    for (auto& item : items)
        item = select_columns(std::move(item.get_object()), *query);
    std::string text = json::serialize(items);
    if (query->page) text = page_text(*query->page, total, filtered, items.size(), text);
    call->respond_text(200, std::move(text));
}

namespace {

// What the rows are sorted by, first; null where it is their name.
std::vector<json::value> sort_values(const ListQuery& query, std::span<const ListRow> rows,
                                     const RenderRow& render) {
    std::vector<json::value> values(rows.size());
    if (query.sort.empty()) return values;
    const auto path = split(query.sort, '.');
    for (std::size_t n = 0; n < rows.size(); ++n) {
        if (query.sort == "name") {
            values[n] = json::value(rows[n].name);
        } else if (query.sort == "vhost") {
            values[n] = json::value(rows[n].vhost);
        } else {
            const json::object object = render(rows[n].index);
            if (const json::value* value = find_path(object, path)) values[n] = *value;
        }
    }
    return values;
}

// The places of the rows in their order, as far as the page goes.
std::vector<std::size_t> rows_on_page(const ListQuery& query, std::span<const ListRow> rows,
                                      const RenderRow& render) {
    const auto values = sort_values(query, rows, render);
    std::vector<std::size_t> places(rows.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    const std::size_t first =
        query.page ? std::min<std::size_t>(query.page->first(), rows.size()) : 0;
    const std::size_t end = query.page ? first + query.page->count_of(rows.size()) : rows.size();
    std::partial_sort(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(end),
                      places.end(), [&](std::size_t left, std::size_t right) {
                          const int order = compare(&values[left], &values[right]);
                          if (order != 0) return query.reverse ? order > 0 : order < 0;
                          const auto key = [&](std::size_t n) {
                              return std::tie(rows[n].vhost, rows[n].name);
                          };
                          return query.reverse ? key(right) < key(left) : key(left) < key(right);
                      });
    return {places.begin() + static_cast<std::ptrdiff_t>(first),
            places.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

void respond_rows(const CallRef& call, std::vector<ListRow> rows, const RenderRow& render,
                  Paging paging) {
    auto query = list_query(call);
    if (!query) return;
    if (paging == Paging::no) query->page.reset();
    const std::size_t total = rows.size();
    if (query->page)
        std::erase_if(rows, [&](const ListRow& row) { return !query->filter.matches(row.name); });
    if (query->page && refuse_if_behind_end(call, *query->page, rows.size())) return;
    std::string items = "[";
    const auto shown = rows_on_page(*query, rows, render);
    for (const std::size_t place : shown) {
        if (items.size() != 1) items += ',';
        items += json::serialize(select_columns(render(rows[place].index), *query));
    }
    items += ']';
    if (query->page) items = page_text(*query->page, total, rows.size(), shown.size(), items);
    call->respond_text(200, std::move(items));
}

void respond_object(const CallRef& call, json::object object) {
    const auto query = list_query(call);
    if (query) call->respond_json(select_columns(std::move(object), *query));
}

}  // namespace warren::http
