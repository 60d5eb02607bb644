// Runs a target over a folder of inputs, without libFuzzer: replay_TARGET FOLDER.
//
// Red unless at least one input was accepted and one refused. Otherwise a target that refuses everything at
// its door, since a format or a key changed, would look healthy.
#include "tests/fuzz/target.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::filesystem::path> FilesOf(const char* folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Whether the words of the name, between dashes, promise that the input is accepted.
bool PromisesAcceptance(const std::string& name) {
  const std::string words = "-" + name + "-";
  return words.find("-good-") != std::string::npos || words.find("-valid-") != std::string::npos;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER\n";
    return 2;
  }
  int accepted = 0;
  int refused = 0;
  int wrong = 0;
  for (const auto& path : FilesOf(argv[1])) {
    const std::string name = path.filename().string();
    std::cout << name << std::flush;
    const bool was_accepted = cis2::fuzz::Judge(ReadFile(path)) == cis2::fuzz::Judgement::kAccepted;
    const bool as_named = was_accepted == PromisesAcceptance(name);
    std::cout << (was_accepted ? ": accepted" : ": refused")
              << (as_named ? "\n" : ", NOT WHAT ITS NAME SAYS\n");
    ++(was_accepted ? accepted : refused);
    wrong += as_named ? 0 : 1;
  }
  std::cout << accepted << " accepted, " << refused << " refused, " << wrong << " not what their names say\n";
  return accepted > 0 && refused > 0 && wrong == 0 ? 0 : 1;
}
