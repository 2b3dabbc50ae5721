/** Tries what a script must not do, and prints by what name each attempt was refused. */

const plan: { home: string; host?: string; port?: number; variables: string[] } = JSON.parse(
  Deno.args[0] ?? "",
);
const outcome: Record<string, string | boolean> = {};

async function attempt(name: string, work: () => unknown): Promise<void> {
  try {
    await work();
    outcome[name] = "allowed";
  } catch (error) {
    outcome[name] = error instanceof Error ? error.name : "thrown";
  }
}

await attempt("readPasswords", () => Deno.readTextFileSync("/etc/passwd"));
await attempt("readHome", () => Deno.readTextFileSync(`${plan.home}/.ssh/id_ed25519`));
await attempt("writeElsewhere", () => Deno.writeTextFileSync("/var/tmp/opsdeck-refused", ""));
await attempt("writeHere", () => {
  Deno.writeTextFileSync("probe-was-here", "");
  Deno.removeSync("probe-was-here");
});
await attempt("writePrograms", () => {
  Deno.writeTextFileSync(`${plan.home}/.local/state/opsdeck/postgresql/18/bin/pg_ctl`, "");
});
await attempt("run", () => new Deno.Command("/bin/true").outputSync());
await attempt("shell", () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync());
await attempt("ffi", () => Deno.dlopen("libc.so.6", {}));
await attempt("sys", () => Deno.networkInterfaces());
await attempt("signal", () => Deno.kill(1, "SIGCONT"));
// What is named by a variable is not loaded before the attempt.
const remoteModule = "https://esm.sh/left-pad";
await attempt("import", () =>
  import(remoteModule).catch(({ message }) => {
    throw Object.assign(new Error(message), {
      name: /import access/.test(message) ? "NotCapable" : "Asked",
    });
  }));
if (plan.host !== undefined) {
  const { host: hostname, port = 443 } = plan;
  await attempt("host", async () => (await Deno.connect({ hostname, port })).close());
  await attempt("listen", () => Deno.listen({ hostname: "0.0.0.0", port: 0 }).close());
}
for (const name of plan.variables) {
  try {
    outcome[name] = Deno.env.get(name) !== undefined;
  } catch {
    outcome[name] = false;
  }
}
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify(outcome));
