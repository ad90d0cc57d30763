#include "tests/proxy/shell/test_certificates.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace sipha::shell::test {

namespace {

void run(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) {
        throw std::runtime_error("failed: " + command);
    }
}

const std::string new_key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";

}  // namespace

test_certificates::test_certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sipha-tls-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("mkdtemp");
    }
    directory_ = pattern;
    make_ca("ca");
}

test_certificates::~test_certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void test_certificates::make_ca(std::string_view name) const {
    run("openssl req -x509 -subj '/CN=test " + std::string(name) + "' -days 3" + new_key +
        "-keyout " + key(name) + " -out " + certificate(name));
}

void test_certificates::sign(
    std::string_view name, std::string_view subject, std::string_view ca, int days
) const {
    run("openssl req -new -subj '/CN=" + std::string(subject) + "'" + new_key + "-keyout " +
        key(name) + " -out " + path(name) + ".csr");
    run("openssl x509 -req -in " + path(name) + ".csr -CA " + certificate(ca) + " -CAkey " +
        key(ca) + " -CAcreateserial -days " + std::to_string(days) + " -extfile " + path(name) +
        ".ext -out " + certificate(name));
}

void test_certificates::make(
    std::string_view name,
    std::string_view common_name,
    std::string_view alternative_names,
    int days
) {
    std::ofstream extensions(path(name) + ".ext");
    extensions << "basicConstraints=CA:FALSE\n";
    if (!alternative_names.empty()) {
        extensions << "subjectAltName=" << alternative_names << "\n";
    }
    extensions.close();
    sign(name, common_name, "ca", days);
}

void test_certificates::make_untrusted(std::string_view name, std::string_view alternative_names) {
    make_ca("other-ca");
    std::ofstream extensions(path(name) + ".ext");
    extensions << "subjectAltName=" << alternative_names << "\n";
    extensions.close();
    sign(name, "untrusted", "other-ca", 2);
}

void test_certificates::replace(std::string_view name, std::string_view by) const {
    const auto overwrite = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(certificate(by), certificate(name), overwrite);
    std::filesystem::copy_file(key(by), key(name), overwrite);
}

}  // namespace sipha::shell::test
