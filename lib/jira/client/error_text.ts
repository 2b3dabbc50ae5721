/** What Jira's error bodies say, in all their shapes. */

import { statusNames } from "./status_names.ts";

const maxLength = 500;

/**
 * Gives the reason in an error's body as one line of at most 500 characters.
 *
 * It knows `{errorMessages, errors}` (the REST API), `{message}` (401 and gateways),
 * `{error, error_description}` (OAuth), HTML pages (Tomcat, CloudFront), plain text, and nothing,
 * for which the status itself must do.
 *
 * @param body what came: JSON already parsed, or text
 */
export function errorText(status: number, body: unknown): string {
  const said = typeof body === "string" ? fromText(body) : fromJson(body);
  const line = oneLine(said).replace(/\.$/, "");
  const title = statusNames[status] === undefined
    ? `${status}`
    : `${status} ${statusNames[status]}`;
  if (line === "") return title;
  return `${title}: ${line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line}`;
}

function fromJson(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const field = (name: string): unknown => Reflect.get(body, name);
  const messages = texts(field("errorMessages"));
  const fields = field("errors");
  const fieldMessages = typeof fields === "object" && fields !== null && !Array.isArray(fields)
    ? Object.entries(fields).map(([name, said]) => `${name}: ${plain(said)}`)
    : texts(fields);
  const all = [...messages, ...fieldMessages];
  if (all.length > 0) return all.join("; ");
  const single = ["message", "error_description", "error", "title", "detail"]
    .map((name) => plain(field(name))).find((text) => text !== "");
  return single ?? "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(plain).filter((text) => text !== "") : [];
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null) return "";
  const message: unknown = Reflect.get(value, "message");
  return typeof message === "string" ? message : "";
}

function fromText(text: string): string {
  if (!/<(!doctype|html|head|body|title|h1)\b/i.test(text.slice(0, 4096))) return text;
  const title = /<title[^>]*>(.*?)<\/title>/is.exec(text)?.[1] ?? "";
  const heading = /<h1[^>]*>(.*?)<\/h1>/is.exec(text)?.[1] ?? "";
  const words = [title, heading].map((part) => oneLine(part.replace(/<[^>]*>/g, " ")))
    .filter((part, place, all) => part !== "" && all.indexOf(part) === place);
  return `an HTML page${words.length === 0 ? "" : ` "${words.join(": ")}"`}`;
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- what a server says must not steer a terminal
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
