// A make or ninja with jobs of its own in the text of a command: found where it is sure, and never where it is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownJobsIn, ownJobsInText } from "../../../src/model/own-jobs.ts";

test("a call with jobs of its own", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["make -j", "make -j"], ["make -j8 all", "make -j8"], ["make all -j 8", "make -j 8"], ["make -C lib -skj4", "make -skj4"], ["make --jobs=4", "make --jobs=4"],
    ["cd lib && CC=clang make -j$(nproc)", "make -j"], ['make "-DX" -j"$N"', "make -j"], ["if true; then\n  /usr/bin/gmake \\\n    -j3; fi", "gmake -j3"], ["(time ninja -C out -j2)", "ninja -j2"], ["make -j10", "make -j10"],
  ];
  for (const [text, found] of cases) assert.equal(ownJobsInText(text), found, text);
  assert.equal(ownJobsIn(["make", "-C", "x", "-j4"]), "make -j4");
});

test("no call of that kind", () => {
  for (const text of ["make", "make -C lib", "make -j1", "make -j 1", "make --jobs=1", "echo make -j4", "echo 'x; make -j4'", 'echo "; make -j4"', "# make -j4", "true # ; make -j4", "cmake --build . -j4", "MAKEFLAGS= make -j4", "cat <<E\nmake -j4\nE", "make --just-print", "make CFLAGS=-j4", "tg build -j4", "makej -j4", ""]) assert.equal(ownJobsInText(text), null, text);
});
