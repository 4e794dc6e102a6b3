#include "app/amqp_session.h"

#include <algorithm>

namespace warren::app {

namespace {

net::AlternativeNameKind kind_of(config::SanType type) {
    switch (type) {
        case config::SanType::dns:
            return net::AlternativeNameKind::dns;
        case config::SanType::ip:
            return net::AlternativeNameKind::ip;
        case config::SanType::email:
            return net::AlternativeNameKind::email;
        case config::SanType::uri:
            return net::AlternativeNameKind::uri;
        case config::SanType::other_name:
            return net::AlternativeNameKind::other_name;
    }
    return net::AlternativeNameKind::dns;
}

auth::Peer auth_peer(const net::PeerInfo& peer, const config::Auth& auth) {
    auth::Peer known;
    known.is_loopback = peer.peer.is_loopback();
    known.is_tls = peer.tls.has_value();
    if (peer.tls && peer.tls->certificate) {
        known.has_certificate = true;
        known.certificate_name = login_name_of(*peer.tls->certificate, auth);
    }
    return known;
}

std::unique_ptr<const session::TlsFacts> tls_facts(const net::PeerInfo& peer) {
    if (!peer.tls) return nullptr;
    auto facts = std::make_unique<session::TlsFacts>();
    facts->version = peer.tls->version;
    facts->cipher = peer.tls->cipher;
    if (const auto& certificate = peer.tls->certificate) {
        facts->subject = certificate->subject;
        facts->issuer = certificate->issuer;
        facts->validity = certificate->validity;
    }
    return facts;
}

session::Endpoints endpoints_of(const net::PeerInfo& peer) {
    return {peer.peer.host, peer.peer.port, peer.local.host, peer.local.port};
}

}  // namespace

std::string login_name_of(const net::PeerCertificate& certificate, const config::Auth& auth) {
    switch (auth.cert_login_from) {
        case config::CertLoginFrom::distinguished_name:
            return certificate.subject;
        case config::CertLoginFrom::common_name:
            return certificate.common_names.empty() ? "" : certificate.common_names.front();
        case config::CertLoginFrom::subject_alternative_name:
            break;
    }
    std::size_t index = auth.cert_login_san_index;
    for (const auto& name : certificate.alternative_names)
        if (name.kind == kind_of(auth.cert_login_san_type) && index-- == 0) return name.value;
    return {};
}

AmqpSession::AmqpSession(ShardUnit& unit, const net::PeerInfo& peer, const config::Auth& auth,
                         net::StreamControl& stream)
    : unit_(unit),
      stream_(stream),
      connection_(unit.sessions().next_id(), unit.context(), auth_peer(peer, auth),
                  endpoints_of(peer), *this, tls_facts(peer)) {
    unit_.sessions().add(connection_);
}

AmqpSession::~AmqpSession() {
    unit_.sessions().remove(connection_);
}

}  // namespace warren::app
