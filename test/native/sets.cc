#include "sets.h"

using downhill::InstructionSet;

namespace {

std::vector<InstructionSet> allSets() {
  const downhill::InstructionSets& usable = downhill::usableInstructionSets();
  return {usable.sets, usable.sets + usable.count};
}

std::vector<InstructionSet>& chosen() {
  static std::vector<InstructionSet> sets = allSets();
  return sets;
}

} // namespace

bool chooseSets(const std::string& names) {
  std::vector<InstructionSet> sets;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t comma = names.find(',', begin);
    const std::size_t end = comma == std::string::npos ? names.size() : comma;
    const std::size_t before = sets.size();
    for (const InstructionSet& set : allSets()) {
      if (names.compare(begin, end - begin, set.name) == 0) sets.push_back(set);
    }
    if (sets.size() == before) return false;
    begin = end + 1;
  }
  chosen() = sets;
  return true;
}

const std::vector<InstructionSet>& testedSets() { return chosen(); }

std::string namesOfSets() {
  std::string names;
  for (const InstructionSet& set : testedSets()) names += (names.empty() ? "" : ",") + std::string(set.name);
  return names;
}
