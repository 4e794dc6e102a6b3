#include "net/peer_certificate.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include <array>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "net/socket_address.h"

namespace warren::net {

namespace {

// Attribute types by the names that RabbitMQ gives them; others are written as dotted numbers.
constexpr std::array<std::pair<int, std::string_view>, 17> attribute_names{{
    {NID_surname, "SN"},
    {NID_givenName, "GIVENNAME"},
    {NID_initials, "INITIALS"},
    {NID_generationQualifier, "GENERATIONQUALIFIER"},
    {NID_commonName, "CN"},
    {NID_localityName, "L"},
    {NID_stateOrProvinceName, "ST"},
    {NID_organizationName, "O"},
    {NID_organizationalUnitName, "OU"},
    {NID_title, "TITLE"},
    {NID_countryName, "C"},
    {NID_serialNumber, "SERIALNUMBER"},
    {NID_pseudonym, "PSEUDONYM"},
    {NID_domainComponent, "DC"},
    {NID_pkcs9_emailAddress, "EMAILADDRESS"},
    {NID_streetAddress, "STREET"},
    {NID_userId, "UID"},
}};

std::string attribute_name(const ASN1_OBJECT* type) {
    const int number = OBJ_obj2nid(type);
    for (const auto& [known, name] : attribute_names)
        if (known == number) return std::string(name);
    char dotted[128];
    OBJ_obj2txt(dotted, sizeof dotted, type, 1);
    return dotted;
}

std::string utf8_of(const ASN1_STRING* value) {
    unsigned char* text = nullptr;
    const int bytes = ASN1_STRING_to_UTF8(&text, value);
    if (bytes < 0) return {};
    std::string result(reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes));
    OPENSSL_free(text);
    return result;
}

// RFC 4514, section 2.4, and as RabbitMQ does all that does not print on every terminal.
std::string escaped_value(std::string_view value) {
    std::string result;
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        const auto byte = static_cast<unsigned char>(c);
        const bool first = at == 0 && (c == ' ' || c == '#');
        const bool last_space = at + 1 == value.size() && c == ' ';
        if (byte < 32 || byte >= 126) {
            fmt::format_to(std::back_inserter(result), "\\{:02X}", byte);
            continue;
        }
        if (first || last_space || std::string_view("\"+,;<>\\").find(c) != std::string_view::npos)
            result += '\\';
        result += c;
    }
    return result;
}

// The last component comes first; attributes of one component are joined by '+'.
std::string distinguished_name(const X509_NAME* name) {
    std::string result;
    std::string component;
    const int count = X509_NAME_entry_count(name);
    for (int index = 0; index < count; ++index) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, index);
        const std::string part = attribute_name(X509_NAME_ENTRY_get_object(entry)) + "=" +
                                 escaped_value(utf8_of(X509_NAME_ENTRY_get_data(entry)));
        component += component.empty() ? part : "+" + part;
        const bool component_ends =
            index + 1 == count ||
            X509_NAME_ENTRY_set(X509_NAME_get_entry(name, index + 1)) != X509_NAME_ENTRY_set(entry);
        if (!component_ends) continue;
        result = result.empty() ? component : component + "," + result;
        component.clear();
    }
    return result;
}

std::vector<std::string> common_names(const X509_NAME* name) {
    std::vector<std::string> result;
    int index = -1;
    while ((index = X509_NAME_get_index_by_NID(name, NID_commonName, index)) >= 0)
        result.push_back(utf8_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index))));
    return result;
}

std::string raw_text(const ASN1_STRING* value) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string ip_text(const ASN1_OCTET_STRING* address) {
    if (ASN1_STRING_length(address) == 4) return ipv4_text(ASN1_STRING_get0_data(address));
    if (ASN1_STRING_length(address) == 16) return ipv6_text(ASN1_STRING_get0_data(address));
    return {};
}

void append_alternative_name(std::vector<AlternativeName>& names, const GENERAL_NAME& name) {
    using Kind = AlternativeNameKind;
    switch (name.type) {
        case GEN_DNS:
            names.push_back({Kind::dns, raw_text(name.d.dNSName)});
            return;
        case GEN_EMAIL:
            names.push_back({Kind::email, raw_text(name.d.rfc822Name)});
            return;
        case GEN_URI:
            names.push_back({Kind::uri, raw_text(name.d.uniformResourceIdentifier)});
            return;
        case GEN_IPADD:
            names.push_back({Kind::ip, ip_text(name.d.iPAddress)});
            return;
        case GEN_OTHERNAME: {
            const ASN1_TYPE* value = name.d.otherName->value;
            if (value->type == V_ASN1_UTF8STRING || value->type == V_ASN1_IA5STRING)
                names.push_back({Kind::other_name, utf8_of(value->value.asn1_string)});
            return;
        }
        default:  // directory names, registered ids: nobody logs in with them
            return;
    }
}

std::vector<AlternativeName> alternative_names(X509* certificate) {
    std::vector<AlternativeName> result;
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
        GENERAL_NAMES_free);
    if (!names) return result;
    for (int index = 0; index < sk_GENERAL_NAME_num(names.get()); ++index)
        append_alternative_name(result, *sk_GENERAL_NAME_value(names.get(), index));
    return result;
}

std::string time_text(const ASN1_TIME* time) {
    tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "unknown";
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

PeerCertificate describe_certificate(X509* certificate) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    return {
        .subject = distinguished_name(subject),
        .issuer = distinguished_name(X509_get_issuer_name(certificate)),
        .common_names = common_names(subject),
        .alternative_names = alternative_names(certificate),
        .validity = time_text(X509_get0_notBefore(certificate)) + " - " +
                    time_text(X509_get0_notAfter(certificate)),
    };
}

}  // namespace warren::net
