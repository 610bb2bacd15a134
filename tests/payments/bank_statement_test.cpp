#include "everyface/payments/bank_statement.h"

#include <gmock/gmock.h>

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kReference = "RF18539007547034";

std::vector<StatementLine> lines_of(std::string_view text) {
  return parse_bank_statement(text).value();
}

std::string problem(std::string_view text) {
  const auto lines = parse_bank_statement(text);
  return lines ? "" : lines.error().message;
}

std::string camt(const std::string& entries, const std::string& version = "08") {
  return "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001." +
         version + "\"><BkToCstmrStmt><Stmt>" + entries + "</Stmt></BkToCstmrStmt></Document>";
}

std::string entry(const std::string& amount, const std::string& side, const std::string& more,
                  const std::string& status = "<Cd>BOOK</Cd>") {
  return "<Ntry><Amt Ccy=\"EUR\">" + amount + "</Amt><CdtDbtInd>" + side + "</CdtDbtInd><Sts>" +
         status + "</Sts><BookgDt><Dt>2026-11-02</Dt></BookgDt>" + more + "</Ntry>";
}

TEST(Camt053, EntriesAndTheirReferences) {
  const auto lines = lines_of(
      camt(entry("25.00", "CRDT",
                 "<AcctSvcrRef>A-1</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Strd><CdtrRefInf><Ref>"
                 "RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls>") +
           entry("7.5", "CRDT",
                 "<NtryDtls><TxDtls><RmtInf><Ustrd>thanks rf18 5390 0754</Ustrd><Ustrd>7034</Ustrd>"
                 "</RmtInf></TxDtls></NtryDtls>") +
           entry("12", "DBIT", "")));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].id, "A-1");
  EXPECT_EQ(lines[0].date, "2026-11-02");
  EXPECT_EQ(lines[0].amount, 2500);
  EXPECT_EQ(lines[0].asset.code, "EUR");
  EXPECT_EQ(lines[0].reference, kReference);
  EXPECT_EQ(lines[1].amount, 750);
  EXPECT_EQ(lines[1].reference, kReference);
  EXPECT_EQ(lines[2].amount, -1200);
  EXPECT_EQ(lines[2].reference, "");
}

TEST(Camt053, OlderVersionsAndPrefixes) {
  std::string text = camt(entry("1.00000", "CRDT", "", "BOOK"), "02");
  EXPECT_EQ(lines_of(text).front().amount, 100);
  for (const char* name : {"Document", "BkToCstmrStmt", "Stmt", "Ntry", "Amt", "CdtDbtInd"}) {
    for (const std::string open : {"<", "</"}) {
      for (std::size_t at = text.find(open + name); at != std::string::npos;
           at = text.find(open + name, at)) {
        text.insert(at + open.size(), "n:");
        at += 2;
      }
    }
  }
  text.replace(text.find(" xmlns="), 7, " xmlns:n=");
  EXPECT_EQ(lines_of(text).front().amount, 100);
}

TEST(Camt053, CollectedEntriesAreTheirTransactions) {
  const auto lines = lines_of(camt(entry(
      "30.00", "CRDT",
      "<AcctSvcrRef>B</AcctSvcrRef><NtryDtls><TxDtls><Amt Ccy=\"EUR\">10.00</Amt></TxDtls><TxDtls>"
      "<AmtDtls><TxAmt><Amt Ccy=\"EUR\">20.00</Amt></TxAmt></AmtDtls></TxDtls></NtryDtls>")));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].id, "B/1");
  EXPECT_EQ(lines[0].amount, 1000);
  EXPECT_EQ(lines[1].id, "B/2");
  EXPECT_EQ(lines[1].amount, 2000);
}

TEST(Camt053, WhatIsNotBookedIsLeftOutAndReversalsAreNoGifts) {
  EXPECT_TRUE(lines_of(camt(entry("5", "CRDT", "", "<Cd>PDNG</Cd>"))).empty());
  const auto lines = lines_of(camt(entry(
      "5", "CRDT",
      "<RvslInd>true</RvslInd><NtryDtls><TxDtls><RmtInf><Ustrd>RF18539007547034</Ustrd></RmtInf>"
      "</TxDtls></NtryDtls>")));
  EXPECT_EQ(lines.front().reference, "");
}

TEST(Camt053, MistakesNameEntryAndField) {
  EXPECT_THAT(problem("<a>"), HasSubstr("not XML"));
  EXPECT_THAT(problem("<a/>"), HasSubstr("not CAMT.053"));
  EXPECT_THAT(problem("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>"), HasSubstr("DOCTYPE"));
  EXPECT_THAT(problem(camt(entry("1", "CRDT", "") + entry("1,5", "CRDT", ""))),
              StartsWith("entry 2: Amt"));
  EXPECT_THAT(problem(camt(entry("1", "IN", ""))), StartsWith("entry 1: CdtDbtInd"));
  EXPECT_THAT(problem(camt(entry("1.005", "CRDT", ""))), StartsWith("entry 1: Amt"));
}

TEST(StatementTable, GermanAndEnglish) {
  const auto german = lines_of(
      "\xEF\xBB\xBF"
      "Konto;Buchungstag;Verwendungszweck;Betrag;Währung\r\n"
      "1;02.11.2026;\"Spende; RF18 5390 0754 7034\";\"1.234,56\";EUR\r\n"
      "1;03.11.2026;Miete;-12,00;EUR\r\n");
  ASSERT_EQ(german.size(), 2U);
  EXPECT_EQ(german[0].amount, 123456);
  EXPECT_EQ(german[0].reference, kReference);
  EXPECT_EQ(german[0].date, "02.11.2026");
  EXPECT_EQ(german[1].amount, -1200);
  const auto english = lines_of(
      "Date,Amount,Currency,Reference,ID\n2026-11-02,\"1,234.56\",EUR,RF18539007547034,x9\n\n");
  ASSERT_EQ(english.size(), 1U);
  EXPECT_EQ(english[0].amount, 123456);
  EXPECT_EQ(english[0].id, "x9");
}

TEST(StatementTable, LinesWithoutAnIdAreKnownAgain) {
  const std::string heading = "date,amount,currency,reference\n";
  const std::string line = "2026-11-02,5.00,EUR,RF18539007547034\n";
  const auto once = lines_of(heading + line + "2026-11-03,1.00,EUR,x\n");
  const auto again = lines_of(heading + line + line);
  EXPECT_EQ(once[0].id, again[0].id) << "the same line of another statement";
  EXPECT_NE(again[0].id, again[1].id) << "two payments that look alike";
}

TEST(StatementTable, MistakesNameLineAndField) {
  const std::string heading = "date,amount,currency,reference\n";
  EXPECT_THAT(problem("date,amount,currency\n"), HasSubstr("no column reference"));
  EXPECT_THAT(problem(heading + "2026-11-02,5,EUR\n"), StartsWith("line 2: has 3 fields"));
  EXPECT_THAT(problem(heading + "2026-11-02,five,EUR,x\n"), StartsWith("line 2: amount"));
  EXPECT_THAT(problem(heading + ",5,EUR,x\n"), StartsWith("line 2: date"));
  EXPECT_THAT(problem(heading + "2026-11-02,5,euro,x\n"), StartsWith("line 2: currency"));
  EXPECT_THAT(problem(heading + "\n\"a\nb"), StartsWith("line 3: a quote"));
  EXPECT_THAT(problem(std::string(kMostStatementBytes + 1, 'x')), HasSubstr("larger than"));
}

}  // namespace
}  // namespace everyface
