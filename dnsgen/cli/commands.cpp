#include "dnsgen/cli/commands.hpp"

#include <cstdio>

#include "dnsgen/check/check.hpp"
#include "dnsgen/check/rules.hpp"
#include "dnsgen/cli/report.hpp"
#include "dnsgen/model/topology_yaml.hpp"
#include "dnsgen/plan/derive.hpp"
#include "dnsgen/publish/manifest.hpp"
#include "dnsgen/publish/output_directory.hpp"
#include "dnsgen/render/render.hpp"

namespace sipha::dnsgen {

namespace {

void print(std::FILE* stream, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

void print_diagnostics(const geo::yaml::diagnostics& diag) {
    for (const auto& entry : diag.sorted()) {
        print(stderr, diag.format(entry) + "\n");
    }
    if (diag.suppressed_count() > 0) {
        print(stderr, "and " + std::to_string(diag.suppressed_count()) + " more\n");
    }
}

void print_result(const report& what) {
    const auto& diag = *what.diagnostics;
    if (what.rendered) {
        const auto& done = *what.rendered;
        print(
            stdout,
            (done.is_changed ? "wrote " : "unchanged ") + done.set_path + " serial " +
                std::to_string(done.serial) + "\n"
        );
        for (const auto& file : done.files) {
            print(stdout, "  " + done.set_path + "/" + file + "\n");
        }
    } else if (what.problem.empty()) {
        print(
            stdout,
            diag.file() + ": " + std::to_string(diag.error_count()) + " errors, " +
                std::to_string(diag.warning_count()) + " warnings\n"
        );
    }
    if (!what.problem.empty()) {
        print(stderr, "sipha-dnsgen: " + what.problem + "\n");
    }
}

exit_code finish(const report& what, report_format format, exit_code code) {
    if (format == report_format::json) {
        print(stdout, to_json(what));
    } else {
        print_diagnostics(*what.diagnostics);
        print_result(what);
    }
    // A full disk or closed pipe on standard output shows only here.
    return std::fflush(stdout) == 0 ? code : exit_code::environment;
}

/// @returns false with an error in `diag` when the serial does not allow publishing.
bool judge_serial(
    const serial_choice& choice,
    const std::optional<published_serial>& previous,
    geo::yaml::diagnostics& diag
) {
    if (choice.result == serial_choice::outcome::ok) {
        return true;
    }
    const auto old = std::to_string(previous ? previous->serial : 0);
    diag.error(
        {},
        rule::serial_backwards,
        choice.result == serial_choice::outcome::backwards
            ? "serial " + std::to_string(choice.serial) + " is not after the published " + old +
                  " (RFC 1982); raise 'serial.value' or use 'policy: increment'"
            : "the zone changed but its serial " + old +
                  " did not; raise 'serial.value' or use 'policy: increment'"
    );
    return false;
}

exit_code render(const arguments& what, const topology& from, report& out) {
    output_directory directory(what.out);
    if (!directory.problem().empty()) {
        out.problem = directory.problem();
        return exit_code::environment;
    }
    const auto manifest = directory.read_current(manifest_name, max_manifest_size);
    const auto previous = manifest ? read_manifest(*manifest) : std::nullopt;
    if (directory.current_set() && !previous) {
        out.problem =
            "the manifest of " + what.out + "/" + *directory.current_set() +
            " is missing or damaged, so the last serial is unknown; restore it, or remove " +
            what.out + "/current and set 'serial' above the last one";
        return exit_code::environment;
    }
    const auto without_serial = render_outputs(from, derive(from, 0));
    const auto digest = content_digest(without_serial);
    const auto choice = choose_serial(from.serial, previous, digest);
    auto& diag = *out.diagnostics;
    if (!judge_serial(choice, previous, diag)) {
        return exit_code::answer_is_no;
    }
    auto set = render_outputs(from, derive(from, choice.serial));
    if (!set.problem.empty()) {
        out.problem = set.problem;
        return exit_code::environment;
    }
    set.files[std::string(manifest_name)] = make_manifest(set, choice.serial, digest);
    const auto published = directory.publish(set);
    if (published.result == publish_result::outcome::failed) {
        out.problem = published.problem;
        return exit_code::environment;
    }
    report::rendering done;
    done.set_path = what.out + "/" + published.set_path;
    done.is_changed = published.result == publish_result::outcome::published;
    done.serial = choice.serial;
    for (const auto& [path, content] : set.files) {
        done.files.push_back(path);
    }
    out.rendered = std::move(done);
    return exit_code::ok;
}

}  // namespace

exit_code run(const arguments& what) {
    auto document = geo::yaml::load(what.topology);
    auto& diag = document.diag();
    report out;
    out.command = what.action == command::render ? "render" : "check";
    out.diagnostics = &diag;
    if (!document.was_read()) {
        return finish(out, what.format, exit_code::usage);
    }
    const auto from = read_topology(document);
    if (document.root().is_present()) {
        check_topology(from, diag);
    }
    if (diag.has_errors()) {
        return finish(out, what.format, exit_code::answer_is_no);
    }
    const auto code = what.action == command::render ? render(what, from, out) : exit_code::ok;
    return finish(out, what.format, code);
}

}  // namespace sipha::dnsgen
