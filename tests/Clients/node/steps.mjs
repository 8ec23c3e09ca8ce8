// The protocol between a test and these programs: one line of JSON per command on stdin, one line of JSON per result on stdout.
// A program ends when stdin ends. Warnings of the libraries go to stderr, which the test keeps in a log.
import { createInterface } from 'node:readline';

export function tell(step) {
  // An int64 of protobuf is a bigint, which JSON does not support.
  process.stdout.write(JSON.stringify(step, (_, value) => (typeof value === 'bigint' ? Number(value) : value)) + '\n');
}

/**
 * @param commands One function per command; its return value is the result.
 * @param always Returns members that are added to every result, also after an error.
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

/** The class of an error and the documented members of its library. Never the request, which holds credentials. */
function described(error) {
  const { name, message, code, httpStatus, grpcStatus, errorCode } = error;
  const fields = error.unpackedDetails?.flatMap((detail) => detail.validationErrorInfo?.fieldViolations.map((violation) => violation.field) ?? []);
  return { name, message, code, httpStatus, grpcStatus, errorCode, fields, status: error.response?.status, answer: error.response?.data?.error };
}
