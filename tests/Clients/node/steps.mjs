// How a test talks to these programs: a command is one line of JSON on stdin, its step is answered with one line of JSON on stdout.
// Programs end when stdin does. Warnings of the libraries go to stderr, which the test keeps.
import { createInterface } from 'node:readline';

export function tell(step) {
  // An int64 of protobuf is a bigint, which JSON does not know.
  process.stdout.write(JSON.stringify(step, (_, value) => (typeof value === 'bigint' ? Number(value) : value)) + '\n');
}

/**
 * @param commands One function for each command; what it returns is told.
 * @param always What is told with every step, answered or failed.
 */
export async function take(commands, always = () => ({})) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { step, ...given } = JSON.parse(line);
    let answer;
    try {
      answer = (await commands[step](given)) ?? {};
    } catch (error) {
      answer = { error: described(error) };
    }
    tell({ step, ...answer, ...always() });
  }
  process.exit(0);
}

/** What a program can tell errors apart by: their class, and the members its library promises. Never the request, which holds credentials. */
function described(error) {
  const { name, message, code, httpStatus, grpcStatus, errorCode } = error;
  const fields = error.unpackedDetails?.flatMap((detail) => detail.validationErrorInfo?.fieldViolations.map((violation) => violation.field) ?? []);
  return { name, message, code, httpStatus, grpcStatus, errorCode, fields, status: error.response?.status, answer: error.response?.data?.error };
}
