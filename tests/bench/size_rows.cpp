#include <elf.h>
#include <link.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/rows.hpp"

namespace sipha::bench {
namespace {

constexpr double most_text_kib = 1024;

std::vector<char> content_of(const std::string& path) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file || std::fseek(file.get(), 0, SEEK_END) != 0) {
        throw std::runtime_error("cannot read " + path);
    }
    std::vector<char> bytes(static_cast<std::size_t>(std::ftell(file.get())));
    std::rewind(file.get());
    if (std::fread(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) {
        throw std::runtime_error("cannot read all of " + path);
    }
    return bytes;
}

/// What the program `size` calls text: all that is loaded and not written. Stripping does not touch
/// it.
double text_kib(const std::string& path) {
    const auto bytes = content_of(path);
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(bytes.data());
    if (bytes.size() < sizeof *header ||
        header->e_shoff + header->e_shnum * sizeof(ElfW(Shdr)) > bytes.size()) {
        throw std::runtime_error(path + " is no ELF file");
    }
    const auto* sections = reinterpret_cast<const ElfW(Shdr)*>(bytes.data() + header->e_shoff);
    std::size_t sum = 0;
    for (std::size_t index = 0; index < header->e_shnum; ++index) {
        const auto flags = sections[index].sh_flags;
        sum += (flags & SHF_ALLOC) != 0 && (flags & SHF_WRITE) == 0 ? sections[index].sh_size : 0;
    }
    return static_cast<double>(sum) / 1024;
}

/// The file from which this process has loaded a library.
std::string path_of_library(std::string_view name) {
    struct search {
        std::string_view name;
        std::string path;
    } wanted{name, {}};
    dl_iterate_phdr(
        [](dl_phdr_info* item, std::size_t, void* data) {
            auto* looking = static_cast<search*>(data);
            const std::string_view path = item->dlpi_name;
            if (path.find(looking->name) != std::string_view::npos) {
                looking->path = path;
            }
            return 0;
        },
        &wanted
    );
    return wanted.path;
}

}  // namespace

std::vector<row> size_rows(const world&) {
    return {compared(
        "library, stripped text",
        "KiB",
        {{"ours", text_kib(SIPHA_BENCH_LIBRARY)},
         {"libsofia-sip-ua", text_kib(path_of_library("libsofia-sip-ua"))},
         {"libcares", text_kib(path_of_library("libcares"))},
         {"libre", text_kib(path_of_library("/libre.so"))}},
        {most_text_kib, {}}
    )};
}

}  // namespace sipha::bench
