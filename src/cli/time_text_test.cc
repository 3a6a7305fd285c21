#include "cli/time_text.h"

#include <doctest/doctest.h>

using namespace twoseal::cli;

TEST_CASE("a time is told in UTC, to the second") {
  CHECK(utc_text(0) == "1970-01-01T00:00:00Z");
  CHECK(utc_text(1'795'420'800) == "2026-11-23T08:00:00Z");
  CHECK(utc_text(253'402'300'799) == "9999-12-31T23:59:59Z");
}

TEST_CASE("a time that has no year of four digits is told as a number") {
  CHECK(utc_text(-1) == "-1 s");
  CHECK(utc_text(253'402'300'800) == "253402300800 s");
}

TEST_CASE("a length is told in the largest unit that keeps it whole") {
  CHECK(length_text(0) == "0 s");
  CHECK(length_text(60) == "60 s");
  CHECK(length_text(90) == "90 s");
  CHECK(length_text(300) == "5 min");
  CHECK(length_text(86'400) == "1 d");
  CHECK(length_text(90'000) == "25 h");
  CHECK(length_text(3'601) == "3601 s");
}

TEST_CASE("what expires says when, in days") {
  CHECK(expiry_text(86'399) == "expires within a day");
  CHECK(expiry_text(86'400) == "expires in 1 day");
  CHECK(expiry_text(1'000'000) == "expires in 11 days");
  CHECK(expiry_text(0) == "expired within a day");
  CHECK(expiry_text(-86'400) == "expired 1 day ago");
  CHECK(expiry_text(-200'000) == "expired 2 days ago");
}

TEST_CASE("moments in a reason are dates") {
  CHECK(with_dates("stop a by p:leo until 1795766959; 3 of 12 at 1795680793") ==
        "stop a by p:leo until 2026-11-27T08:09:19Z; 3 of 12 at 2026-11-26T08:13:13Z");
  CHECK(with_dates("1795766959 hosts, until 17957669591, at 5") ==
        "1795766959 hosts, until 17957669591, at 5");
  CHECK(with_dates("").empty());
}
