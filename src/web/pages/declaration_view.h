// A declaration in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "everyface/commons/declaration.h"
#include "everyface/web/request.h"

namespace everyface::web {

/// Name and value of each field, in the visitor's language and always in the same order.
std::vector<std::pair<std::string, std::string>> declaration_facts(
    const Request& request, const DeclarationChoices& choices, const Declaration& declaration);

/// The label of a code of a list; the code itself where it has been taken off the list.
std::string label_of(const Request& request, const std::vector<Choice>& choices,
                     std::string_view code);

}  // namespace everyface::web
