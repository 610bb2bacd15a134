#include <fmt/format.h>

#include <cstring>
#include <pugixml.hpp>

#include "everyface/base/text.h"
#include "everyface/payments/iban.h"
#include "payments/statement_formats.h"

namespace everyface {
namespace {

/// The child of that name, whatever prefix its namespace has.
pugi::xml_node child(const pugi::xml_node& node, const char* name) {
  for (const pugi::xml_node& one : node.children()) {
    const char* const colon = std::strchr(one.name(), ':');
    if (std::strcmp(colon == nullptr ? one.name() : colon + 1, name) == 0) {
      return one;
    }
  }
  return {};
}

pugi::xml_node at(pugi::xml_node node, std::initializer_list<const char*> path) {
  for (const char* const name : path) {
    node = child(node, name);
  }
  return node;
}

/// All children of that name.
template <typename Take>
void each(const pugi::xml_node& node, const char* name, const Take& take) {
  for (const pugi::xml_node& one : node.children()) {
    const char* const colon = std::strchr(one.name(), ':');
    if (std::strcmp(colon == nullptr ? one.name() : colon + 1, name) == 0) {
      take(one);
    }
  }
}

std::string text_of(const pugi::xml_node& node) { return std::string(trim(node.child_value())); }

Result<void> read_amount(const pugi::xml_node& amount, StatementLine& line) {
  const std::string digits = text_of(amount);
  line.asset.code = amount.attribute("Ccy").value();
  const std::size_t point = digits.find('.');
  // CAMT.053 writes up to five decimals; of currencies with fewer, none or zeros.
  line.asset.scale = 2;
  std::string cut = digits;
  while (point != std::string::npos && cut.size() > point + 3 && cut.ends_with('0')) {
    cut.pop_back();
  }
  if (cut.ends_with('.')) {
    cut.pop_back();
  }
  if (auto good = check_asset(line.asset); !good) {
    return Error{"Ccy: " + good.error().message};
  }
  const auto minor = parse_amount(cut, line.asset);
  if (!minor || *minor < 0) {
    return Error{"Amt: " + (minor ? "is negative" : minor.error().message)};
  }
  line.amount = *minor;
  return {};
}

/// Whether what CdtDbtInd and RvslInd say came in.
Result<bool> came_in(const pugi::xml_node& node) {
  const std::string side = text_of(child(node, "CdtDbtInd"));
  if (side != "CRDT" && side != "DBIT") {
    return Error{"CdtDbtInd: must be CRDT or DBIT"};
  }
  return side == "CRDT";
}

std::string reference_of(const pugi::xml_node& details) {
  const pugi::xml_node remittance = child(details, "RmtInf");
  std::string found;
  each(remittance, "Strd", [&](const pugi::xml_node& structured) {
    if (found.empty()) {
      found = find_creditor_reference(text_of(at(structured, {"CdtrRefInf", "Ref"})));
    }
  });
  std::string words;
  each(remittance, "Ustrd", [&](const pugi::xml_node& part) { words += text_of(part); });
  return found.empty() ? find_creditor_reference(words) : found;
}

class Statement {
 public:
  Result<void> add_entry(const pugi::xml_node& entry) {
    ++number_;
    // Version 08 writes <Sts><Cd>BOOK</Cd></Sts>, earlier ones <Sts>BOOK</Sts>.
    const pugi::xml_node status = child(entry, "Sts");
    const std::string state = child(status, "Cd") ? text_of(child(status, "Cd")) : text_of(status);
    if (state != "BOOK") {
      return {};
    }
    const pugi::xml_node booked = child(entry, "BookgDt");
    const std::string date =
        child(booked, "Dt") ? text_of(child(booked, "Dt")) : text_of(child(booked, "DtTm"));
    const std::string own = text_of(child(entry, "AcctSvcrRef"));
    std::vector<pugi::xml_node> details;
    each(entry, "NtryDtls", [&](const pugi::xml_node& part) {
      each(part, "TxDtls", [&](const pugi::xml_node& one) { details.push_back(one); });
    });
    if (details.size() <= 1) {
      return add_line(entry, details.empty() ? pugi::xml_node() : details.front(), entry, date,
                      own);
    }
    for (std::size_t i = 0; i < details.size(); ++i) {
      const std::string id = own.empty() ? "" : fmt::format("{}/{}", own, i + 1);
      if (auto added = add_line(details[i], details[i], entry, date, id); !added) {
        return added;
      }
    }
    return {};
  }

  std::vector<StatementLine> take() { return std::move(lines_); }

 private:
  /// `amounts`: where Amt and, maybe, CdtDbtInd stand.
  Result<void> add_line(const pugi::xml_node& amounts, const pugi::xml_node& details,
                        const pugi::xml_node& entry, const std::string& date,
                        const std::string& id) {
    const auto wrong = [&](const Error& error) {
      return Error{fmt::format("entry {}: {}", number_, error.message)};
    };
    StatementLine line;
    line.id = id;
    line.date = date;
    pugi::xml_node amount = child(amounts, "Amt");
    if (!amount) {
      amount = at(amounts, {"AmtDtls", "TxAmt", "Amt"});
    }
    if (auto read = read_amount(amount, line); !read) {
      return wrong(read.error());
    }
    const auto credit = came_in(child(amounts, "CdtDbtInd") ? amounts : entry);
    if (!credit) {
      return wrong(credit.error());
    }
    if (!*credit) {
      line.amount = -line.amount;
    }
    line.reference = text_of(child(entry, "RvslInd")) == "true" ? "" : reference_of(details);
    if (date.empty()) {
      return wrong(Error{"BookgDt: is missing"});
    }
    lines_.push_back(std::move(line));
    return {};
  }

  std::size_t number_ = 0;
  std::vector<StatementLine> lines_;
};

}  // namespace

Result<std::vector<StatementLine>> parse_camt053(std::string_view xml) {
  if (xml.find("<!DOCTYPE") != std::string_view::npos) {
    return Error{"the statement has a DOCTYPE, which no bank writes"};
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_auto);
  if (!parsed) {
    return Error{fmt::format("the statement is not XML from byte {} on: {}", parsed.offset,
                             parsed.description())};
  }
  const pugi::xml_node root = at(document, {"Document", "BkToCstmrStmt"});
  if (!root) {
    return Error{"the statement is XML, but not CAMT.053 (Document/BkToCstmrStmt)"};
  }
  Statement statement;
  Result<void> done;
  each(root, "Stmt", [&](const pugi::xml_node& part) {
    each(part, "Ntry", [&](const pugi::xml_node& entry) {
      if (done) {
        done = statement.add_entry(entry);
      }
    });
  });
  if (!done) {
    return done.error();
  }
  return statement.take();
}

}  // namespace everyface
