#include "proxy/admin/trace.hpp"

#include <array>
#include <utility>

#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::admin {

namespace {

std::string_view value_of(const sip::message& message, sip::header_id id) {
    const auto* header = message.find(id);
    return header == nullptr ? std::string_view() : header->value;
}

bool names_user(std::string_view uri, std::string_view user) {
    const auto parsed = sip::parse_uri(uri);
    return parsed && parsed->user == user;
}

bool concerns(const sip::message& message, std::string_view user) {
    if (message.is_request() && names_user(message.request_uri(), user)) {
        return true;
    }
    for (const auto id : {sip::header_id::from, sip::header_id::to}) {
        const auto address = sip::parse_name_addr(value_of(message, id));
        if (address && names_user(address->uri, user)) {
            return true;
        }
    }
    return false;
}

}  // namespace

void tracer::start(timing::time_point now, trace_filter filter, const trace_limits& limits) {
    filter_ = std::move(filter);
    limits_ = limits;
    until_ = now + limits.duration;
    source_ = geo::ip_address::parse(filter_.text).value_or(geo::ip_address());
    call_ids_.clear();
    if (filter_.what == trace_filter::kind::call_id) {
        call_ids_.insert(filter_.text);
    }
    messages_.clear();
    bytes_ = 0;
    lost_ = 0;
    is_on_ = true;
}

bool tracer::fits(const sip::message& message, const sip::hop& hop) const {
    switch (filter_.what) {
        case trace_filter::kind::call_id:
            return false;  // followed by its Call-ID from the start
        case trace_filter::kind::user:
            return concerns(message, filter_.text);
        case trace_filter::kind::source:
            return hop.remote.ip == source_;
    }
    return false;
}

void tracer::note(
    timing::instant now, traced_message::direction way, const sip::hop& hop, std::string_view bytes
) {
    if (!is_on_) {
        return;
    }
    if (now.mono >= until_) {
        is_on_ = false;
        return;
    }
    const auto error = sip::parse_message(bytes, parsed_);
    if (error && *error != sip::parse_error::truncated_body) {
        return;
    }
    const auto call_id = value_of(parsed_, sip::header_id::call_id);
    if (!call_ids_.contains(call_id)) {
        if (!fits(parsed_, hop)) {
            return;
        }
        if (call_ids_.size() < limits_.max_call_ids) {
            call_ids_.emplace(call_id);
        }
    }
    if (bytes.size() > limits_.max_bytes) {
        ++lost_;
        return;
    }
    messages_.push_back({now, way, hop, std::string(bytes)});
    bytes_ += bytes.size();
    while (messages_.size() > limits_.max_messages || bytes_ > limits_.max_bytes) {
        bytes_ -= messages_.front().bytes.size();
        messages_.pop_front();
        ++lost_;
    }
}

void tracing_machine::step(timing::instant now, const proxy::input& what, proxy::effects& out) {
    if (!into_.is_on()) {
        inner_.step(now, what, out);
        return;
    }
    using way = traced_message::direction;
    if (const auto* received = std::get_if<proxy::sip_received>(&what)) {
        into_.note(now, way::in, received->from, received->bytes);
    }
    const auto before = out.messages.entries().size();
    inner_.step(now, what, out);
    for (const auto& entry : out.messages.entries().subspan(before)) {
        into_.note(now, way::out, entry.to, out.messages.bytes(entry));
    }
}

}  // namespace sipha::admin
