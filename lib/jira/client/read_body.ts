/** Reading an answer's body: never more than allowed, and JSON only where it is JSON. */

import { ErrorCategory, NetworkError } from "../../core/mod.ts";

/** A body as it was understood. */
export interface AnswerBody {
  /** Parsed JSON, or text where it is none; null for an empty body. */
  data: unknown;
  /** Whether it is JSON, or empty. */
  isJson: boolean;
}

/**
 * Reads a body to its end.
 *
 * @throws NetworkError (`JIRA_TOO_LARGE`, not retryable) when it has more bytes than `maxBytes`;
 * what the connection throws when it breaks.
 */
export async function readBody(response: Response, maxBytes: number): Promise<AnswerBody> {
  const text = await readText(response, maxBytes);
  if (text.trim() === "") return { data: null, isJson: true };
  try {
    const data: unknown = JSON.parse(text);
    return { data, isJson: true };
  } catch {
    return { data: text, isJson: false };
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new NetworkError(
        `Cannot read Jira's answer as it is longer than ${maxBytes} bytes; ask for fewer fields ` +
          "or smaller pages",
        { code: "JIRA_TOO_LARGE", category: ErrorCategory.NETWORK, retryable: false },
      );
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}
