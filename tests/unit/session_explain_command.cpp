// What is said about commands that cannot be found or executed.
#include "session/explain_command.h"

#include <doctest/doctest.h>
#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

using namespace ktrace::session;

namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ktrace-explain-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name, const std::string& text, mode_t mode = 0755) {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string program_with_loader(const std::string& loader) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_INTERP;
  segment.p_offset = sizeof header + sizeof segment;
  std::string text(reinterpret_cast<const char*>(&header), sizeof header);
  text.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return text.append(loader).append(1, '\0');
}

bool says(const std::vector<std::string>& lines, std::string_view words) {
  const std::string line = lines.empty() ? "(nothing)" : lines.front();
  CAPTURE(line);
  return lines.size() == 1 && line.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a program that is in PATH but not executable, or a directory there") {
  Folder folder;
  folder.file("tool", "#!/bin/sh\n", 0644);
  std::filesystem::create_directory(folder.path() + "/folder");
  const std::string search = "/nonexistent:" + folder.path();
  CHECK(says(explain_not_found("tool", search.c_str()), "/tool' is there, but nobody may execute it: chmod +x"));
  CHECK(says(explain_not_found("folder", search.c_str()), "/folder' is a directory"));
}

TEST_CASE("commands of the shell, no PATH at all, and names that say all there is to say") {
  CHECK(says(explain_not_found("cd", "/nonexistent"), "'cd' is a command of the shell itself"));
  CHECK(says(explain_not_found("ls", nullptr), "PATH is not set"));
  CHECK(explain_not_found("no-such-program", "/nonexistent").empty());
  CHECK(explain_not_found("", "/nonexistent").empty());
}

TEST_CASE("which part of a path is missing") {
  Folder folder;
  const std::string plain = folder.file("plain", "");
  const std::string link = folder.path() + "/link";
  REQUIRE(symlink("nowhere", link.c_str()) == 0);
  CHECK(says(explain_no_file(folder.path() + "/a/b", ENOENT), "there is no directory '" + folder.path() + "/a'"));
  CHECK(says(explain_no_file(plain + "/b", ENOTDIR), "/plain' is no directory"));
  CHECK(says(explain_no_file(link, ENOENT), "/link' is a link to 'nowhere', which does not exist"));
  CHECK(explain_no_file(folder.path() + "/a", ENOENT).empty());
}

TEST_CASE("interpreters and loaders that are missing") {
  Folder folder;
  CHECK(says(explain_not_executed(folder.file("a", "#! /nonexistent/python -u\n"), ENOENT),
             "its interpreter '/nonexistent/python' is not"));
  CHECK(says(explain_not_executed(folder.file("b", "#!/bin/sh\r\n"), ENOENT), "ends in a carriage return"));
  CHECK(says(explain_not_executed(folder.file("c", program_with_loader("/nonexistent/ld.so")), ENOENT),
             "the loader of its libraries '/nonexistent/ld.so' is not"));
}

TEST_CASE("files that are in no format for execve") {
  Folder folder;
  CHECK(says(explain_not_executed(folder.file("a", "echo hello\n"), ENOEXEC), "has no #! line"));
  CHECK(says(explain_not_executed(folder.file("b", ""), ENOEXEC), "is empty"));
  CHECK(says(explain_not_executed(folder.file("c", std::string("a\0b", 3)), ENOEXEC), "in no format"));
  CHECK(says(explain_not_executed(folder.file("d", program_with_loader("x")), ENOEXEC), "for another machine"));
}

TEST_CASE("what may not be executed") {
  Folder folder;
  const std::string plain = folder.file("plain", "", 0644);
  CHECK(says(explain_not_executed(folder.path(), EACCES), "is a directory"));
  CHECK(says(explain_not_executed(plain, EACCES), "nobody may execute it"));
  CHECK(says(explain_not_executed("/dev/null", EACCES), "is no regular file"));
  CHECK(says(explain_not_executed(folder.file("script", "#!" + plain + "\n"), EACCES), "the interpreter '" + plain));
  CHECK(explain_not_executed(plain, EPERM).empty());
}

TEST_CASE("headers of programs that lie about where things are do no harm") {
  Folder folder;
  std::string text = program_with_loader("x");
  for (std::size_t i = EI_NIDENT; i < text.size(); i++) {
    std::string broken = text;
    broken.replace(i, std::min<std::size_t>(8, text.size() - i), std::min<std::size_t>(8, text.size() - i), '\xff');
    CHECK(explain_not_executed(folder.file("broken", broken), ENOENT).size() == 1);
    CHECK(explain_not_executed(folder.file("short", text.substr(0, i)), ENOENT).size() == 1);
  }
}
