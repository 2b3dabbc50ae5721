/** A field of an issue as one text, for a cell. */

/**
 * Writes a field's value as a person would: names of people, statuses and versions, items separated
 * by `; `, the text of a document (Atlassian Document Format); anything else as JSON.
 */
export function fieldText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(fieldText).join("; ");
  if (Reflect.get(value, "type") === "doc") return documentText(value).trim();
  for (const name of ["displayName", "name", "value", "key"]) {
    const text: unknown = Reflect.get(value, name);
    if (typeof text === "string") return text;
  }
  return JSON.stringify(value);
}

const blocks = new Set(["paragraph", "heading", "codeBlock", "listItem", "tableRow", "rule"]);

function documentText(node: unknown): string {
  if (typeof node !== "object" || node === null) return "";
  const text: unknown = Reflect.get(node, "text");
  if (typeof text === "string") return text;
  const type: unknown = Reflect.get(node, "type");
  if (type === "hardBreak") return "\n";
  const content: unknown = Reflect.get(node, "content");
  const inner = Array.isArray(content) ? content.map(documentText).join("") : "";
  return typeof type === "string" && blocks.has(type) && !inner.endsWith("\n")
    ? `${inner}\n`
    : inner;
}
