/** The README's commands that no test runs, each with its reason. */

/** By the command's text; the reason is why it cannot run here. */
export const notRunHere: Readonly<Record<string, string>> = {
  "npx -y deno@2.9.6 task test": "these tests are what it runs",
  "deno task test": "these tests are what it runs",
  "deno task check": "it takes minutes, and CI runs it",
  "deno task chaos:queue": "it breaks things for minutes",
  "deno task chaos:csv": "it breaks things for minutes",
  "deno task bench": "it measures for minutes, against peers that are not here",
  "deno task build:cipher": "it fetches a compiler",
  "systemctl daemon-reload": "no systemd runs here",
  "systemctl enable --now survey-worker@{1..4}": "no systemd runs here",
  "journalctl -u 'survey-worker@*' --since -1h": "no systemd runs here",
  "kubectl apply -f worker.yaml -f cronjob.yaml": "no cluster runs here",
};
