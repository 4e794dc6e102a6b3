#include "http/routes/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "http/routes/routes.h"

namespace warren::http {

namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.5 sans-serif; color: #222; background: #fff; max-width: 62em; margin: 2em auto; padding: 0 1em; }
code, pre { font: 13px/1.5 monospace; background: #f4f4f2; }
pre { padding: .6em 1em; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .1em 1.5em .1em 0; }
td code { background: none; }
td i { color: #875f00; }
tr.first td { border-top: 1px solid #ccc; }
</style>
)";

constexpr std::string_view reference_words = R"(
<p>Requests and answers are JSON. Who asks gives the name and the password of a user of the broker (HTTP Basic), and the
tags of this user open doors: <code>monitoring</code> and <code>policymaker</code> include <code>management</code>, and
<code>administrator</code> includes all of them. A virtual host that is closed to a user looks like one that is not
there.</p>
<p>In a path, what is in italics stands for a name. Names are percent-encoded: the virtual host <code>/</code> is
<code>%2F</code>. <code>HEAD</code> works wherever <code>GET</code> does, and <code>OPTIONS</code> tells the methods of
every path.</p>
<p>Lists can be cut into pages by <code>page</code>, <code>page_size</code>, <code>name</code> and
<code>use_regex</code>, put in order by <code>sort</code> and <code>sort_reverse</code>, and shortened to the members
named in <code>columns</code>.</p>
)";

constexpr std::string_view reference_end = R"(</tbody>
</table>
<p>What bodies and answers look like, and where this differs from RabbitMQ, is written in the documentation that comes
with the broker: <code>docs/http_api.md</code>.</p>
</body>
</html>
)";

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '&') {
            result += "&amp;";
        } else if (letter == '<') {
            result += "&lt;";
        } else if (letter == '>') {
            result += "&gt;";
        } else if (letter == '"') {
            result += "&quot;";
        } else {
            result += letter;
        }
    }
    return result;
}

std::string methods_of(const Handlers& handlers) {
    std::string text;
    const auto add = [&](Handler handler, std::string_view method) {
        if (handler == nullptr) return;
        if (!text.empty()) text += ' ';
        text += method;
    };
    add(handlers.get, "GET");
    add(handlers.put, "PUT");
    add(handlers.post, "POST");
    add(handlers.del, "DELETE");
    return text;
}

std::string_view who_may(Need need) {
    switch (need) {
        case Need::nothing:
            return "everybody";
        case Need::management:
            return "management";
        case Need::monitoring:
            return "monitoring";
        case Need::policymaker:
            return "policymaker";
        case Need::administrator:
            return "administrator";
        case Need::vhost:
            return "management, in the virtual host";
        case Need::visible_vhost:
            return "management in the virtual host, or monitoring";
        case Need::policy_vhost:
            return "policymaker, in the virtual host";
        case Need::owner:
            break;
    }
    return "the owner of the node";
}

std::string who_may(const Resource& resource) {
    const bool only_reads = resource.handlers.put == nullptr && resource.handlers.post == nullptr &&
                            resource.handlers.del == nullptr;
    if (resource.handlers.get == nullptr) return std::string(who_may(resource.need_to_change));
    if (only_reads || resource.need == resource.need_to_change)
        return std::string(who_may(resource.need));
    return fmt::format("{}; to change it, {}", who_may(resource.need),
                       who_may(resource.need_to_change));
}

std::string_view first_word(std::string_view path) {
    return path.substr(0, path.find('/'));
}

// "queues/:vhost" with the name of a name in italics.
std::string marked(std::string_view path) {
    std::string text;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view word = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        text += '/';
        text += word.starts_with(':') ? fmt::format("<i>{}</i>", word.substr(1)) : word;
    }
    return text;
}

// What can be looked at as it stands is a link.
std::string path_cell(const Resource& resource, std::string_view prefix) {
    if (resource.handlers.get == nullptr || resource.path.contains(':'))
        return fmt::format("<code>/api{}</code>", marked(resource.path));
    return fmt::format("<a href=\"{}/api/{}\"><code>/api/{}</code></a>", prefix, resource.path,
                       resource.path);
}

void respond_page(const CallRef& call, std::string page) {
    call->respond(
        {.status = 200, .headers = {{"content-type", "text/html"}}, .body = std::move(page)});
}

void get_reference(const CallRef& call) {
    respond_page(call, reference_page(resource_table(), call->api().settings().path_prefix));
}

void get_rabbitmqadmin_page(const CallRef& call) {
    respond_page(call, rabbitmqadmin_page(call->api().settings().path_prefix));
}

constexpr Resource pages[] = {
    {"api/index.html", {.get = get_reference}, Need::nothing},
    {"cli/index.html", {.get = get_rabbitmqadmin_page}, Need::nothing},
};

}  // namespace

std::span<const Resource> page_table() {
    return pages;
}

std::string reference_page(std::span<const Resource> table, std::string_view prefix) {
    const std::string before = escaped(prefix);
    std::string page(head);
    const auto into = std::back_inserter(page);
    page += "<title>WarrenMQ: the HTTP API</title>\n</head>\n<body>\n<h1>The HTTP API</h1>";
    page += reference_words;
    fmt::format_to(into,
                   "<pre>curl -u USER:PASSWORD http://HOST:PORT{0}/api/overview\n"
                   "curl -u USER:PASSWORD -X PUT http://HOST:PORT{0}/api/queues/%2F/orders "
                   "-d '{{\"durable\":true}}'</pre>\n",
                   before);
    fmt::format_to(into,
                   "<p>RabbitMQ's own command line for it is <a href=\"{}/cli/index.html\">"
                   "rabbitmqadmin</a>.</p>\n",
                   before);
    if (!before.empty())
        fmt::format_to(into, "<p>On this node, <code>{}</code> comes before every path.</p>\n",
                       before);
    page +=
        "<table>\n<thead><tr><th>path</th><th>methods</th><th>who may</th></tr></thead>\n<tbody>\n";
    std::string_view group;
    for (const Resource& resource : table) {
        if (resource.need == Need::owner) continue;  // is not there for those who read this
        const bool is_first = first_word(resource.path) != group;
        group = first_word(resource.path);
        fmt::format_to(into, "<tr{}><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       is_first ? " class=\"first\"" : "", path_cell(resource, before),
                       methods_of(resource.handlers), who_may(resource));
    }
    page += reference_end;
    return page;
}

std::string rabbitmqadmin_page(std::string_view prefix) {
    const std::string before = escaped(prefix);
    std::string page(head);
    const auto into = std::back_inserter(page);
    page +=
        "<title>WarrenMQ: rabbitmqadmin</title>\n</head>\n<body>\n<h1>rabbitmqadmin</h1>\n"
        "<p>RabbitMQ's command line for the HTTP API works with this broker as it is, in both its "
        "generations. It is not part of WarrenMQ: take it from where RabbitMQ offers it, or from "
        "your distribution, and point it to the host and the port of this page:</p>\n"
        "<pre>rabbitmqadmin --host HOST --port PORT --username USER --password PASSWORD "
        "list queues</pre>\n";
    if (!before.empty())
        fmt::format_to(
            into,
            "<p>This node has a prefix before all paths. Add <code>--path-prefix {0}/api"
            "</code> with rabbitmqadmin 2, <code>--path-prefix {0}</code> with the older "
            "script.</p>\n",
            before);
    fmt::format_to(
        into,
        "<p>On the machine of the node itself, <code>warrenctl</code> and "
        "<code>rabbitmqctl</code> need neither port nor password. What can be asked for is "
        "in the <a href=\"{}/api/index.html\">reference of the HTTP API</a>.</p>\n"
        "</body>\n</html>\n",
        before);
    return page;
}

std::optional<std::string> page_behind(std::span<const std::string> path, std::string_view prefix) {
    if (path.size() != 1 || (path.front() != "api" && path.front() != "cli")) return std::nullopt;
    return fmt::format("{}/{}/index.html", prefix, path.front());
}

}  // namespace warren::http
