// Prints what failed in a JSON report of the test runner: names and the beginnings of messages.
// Ends with 1 where the report tells of no failure, so that something else is to be looked at.
import { readFileSync } from "node:fs";

const beginning = (text) => text.split("\n").slice(0, 15).join("\n");
const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
  const tests = assertionResults.filter((test) => test.status === "failed");
  if (tests.length === 0) return status === "failed" ? [`${name}\n${beginning(message)}`] : [];
  return tests.map((test) => `${name}: ${test.fullName}\n${beginning(test.failureMessages.join("\n"))}`);
});
console.log(failures.join("\n\n"));
process.exitCode = failures.length > 0 ? 0 : 1;
