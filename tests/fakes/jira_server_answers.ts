/** Answers in the form that Jira gives them. */

/** An answer with JSON. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return Response.json(body, {
    status,
    headers: { "cache-control": "no-cache, no-store, no-transform", ...headers },
  });
}

/** An error with Jira's own body. */
export function errorAnswer(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return jsonAnswer(status, { errorMessages: [message], errors: {} }, headers);
}
