/** Which test runs the commands under which of README's `##` headings. */

export const sectionsOf = {
  embedded: ["The first five minutes", "Settings", "Requests"],
  queue: ["The queue"],
  sftp: ["SFTP"],
  downloads: ["Downloads"],
  jira: ["Jira"],
  tools: ["Permissions", "Single binaries", "Shell completion", "Development"],
} as const satisfies Record<string, readonly string[]>;
