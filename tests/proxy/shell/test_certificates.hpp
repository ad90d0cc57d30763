#pragma once

#include <string>
#include <string_view>

namespace sipha::shell::test {

/// A CA and certificates of it in a temporary directory, made with the openssl program; removed at
/// the end.
class test_certificates {
  public:
    test_certificates();
    ~test_certificates();
    test_certificates(const test_certificates&) = delete;
    test_certificates& operator=(const test_certificates&) = delete;

    /// Makes `<name>.pem` and `<name>.key`, signed by the CA.
    /// @param alternative_names such as "URI:sip:example.com,DNS:a.example"; empty: none.
    /// @param days of validity from now on, may be in the past.
    void make(
        std::string_view name,
        std::string_view common_name,
        std::string_view alternative_names,
        int days = 2
    );
    /// The same under a CA that nobody trusts.
    void make_untrusted(std::string_view name, std::string_view alternative_names);

    std::string certificate(std::string_view name) const { return path(name) + ".pem"; }
    std::string key(std::string_view name) const { return path(name) + ".key"; }
    std::string ca() const { return certificate("ca"); }
    void replace(std::string_view name, std::string_view by) const;

  private:
    std::string path(std::string_view name) const { return directory_ + "/" + std::string(name); }
    void make_ca(std::string_view name) const;
    void sign(std::string_view name, std::string_view subject, std::string_view ca, int days) const;

    std::string directory_;
};

}  // namespace sipha::shell::test
