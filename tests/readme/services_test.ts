import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { parseAll } from "@std/yaml";
import parseArgv from "string-argv";
import { testQueue } from "../support/queue_database.ts";
import { packageFolder } from "../support/run_script.ts";
import { notRunHere } from "./not_run_here.ts";
import { readBlocks, readmePath } from "./readme_blocks.ts";
import { projectFolder } from "./readme_shell.ts";
import { checkCall, findCalls } from "./script_calls.ts";

const blocks = readBlocks(await Deno.readTextFile(readmePath));

/** The sections of a systemd unit, each with its lines by key. */
function parseUnit(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split("\n")) {
    const [, section] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (section !== undefined) sections.set(section, current = new Map());
    else if (key !== "") current?.set(key, value);
    else assertMatch(line, /^(#.*)?$/);
  }
  return sections;
}

/** Runs a line as far as the script's help: Deno takes the flags, and the script is there. */
async function checkLine(line: string, folder: string): Promise<void> {
  const calls = findCalls(line);
  assertEquals(calls.length, 1, line);
  for (const call of calls) await checkCall(call);
  const words = parseArgv(line).map((word) => word.replaceAll(folder, projectFolder));
  const script = words.findIndex((word) => word.endsWith(".ts"));
  assertEquals(words[0]?.endsWith("deno"), true);
  assertEquals(words.includes(`-P=${calls[0]?.script}`), true, line);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words.slice(1, script + 1), "--help"],
    cwd: projectFolder,
    clearEnv: true,
    env: { HOME: "/nonexistent", DENO_DIR: packageFolder() },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], line);
}

Deno.test("README: the units of systemd have known sections, and their lines start", async () => {
  const units = blocks.filter(({ language }) => language === "ini");
  const kinds = units.map(({ fileName }) => fileName?.replace(/^.*\./, ""));
  assertEquals(new Set(kinds), new Set(["service", "timer"]));
  for (const { text, fileName = "" } of units) {
    const unit = parseUnit(text);
    const main = fileName.endsWith(".timer") ? "Timer" : "Service";
    for (const section of unit.keys()) {
      assert(["Unit", main, "Install"].includes(section), section);
    }
    const line = unit.get("Service")?.get("ExecStart");
    if (line !== undefined) await checkLine(line, "/opt/opsdeck");
    else assertMatch(unit.get("Timer")?.get("OnCalendar") ?? "", /^\S+ \d\d:\d\d:\d\d$/);
  }
});

interface Container {
  image: string;
  command: string[];
  args: string[];
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // deno-lint-ignore no-explicit-any -- as Kubernetes has it, looked at by its paths
  spec: any;
}

function isManifest(value: unknown): value is Manifest {
  const { apiVersion, kind, metadata, spec } = Object(value);
  return typeof apiVersion === "string" && typeof kind === "string" &&
    typeof metadata?.name === "string" && typeof spec === "object";
}

const manifests = blocks.filter(({ language }) => language === "yaml").flatMap(({ text }) => {
  const documents = parseAll(text);
  assert(documents.every(isManifest));
  return documents.filter(isManifest);
});

Deno.test("README: the manifests of Kubernetes parse, and their containers' commands start", async () => {
  const kinds = manifests.map(({ kind }) => kind);
  assertEquals(
    new Set(kinds),
    new Set(["Deployment", "ScaledObject", "HorizontalPodAutoscaler", "CronJob"]),
  );
  const containers = manifests.flatMap(({ spec }): Container[] => {
    const pod = spec.template ?? spec.jobTemplate?.spec.template;
    return pod?.spec.containers ?? [];
  });
  assertEquals(containers.length, 3);
  for (const { command, args } of containers) {
    const words = [...command, ...args].map((word) =>
      word.startsWith("scripts/") ? `/opt/opsdeck/${word}` : word
    );
    await checkLine(words.join(" "), "/opt/opsdeck");
  }
  for (const { spec, kind } of manifests) {
    if (kind !== "Deployment") continue;
    assertEquals(spec.selector.matchLabels, spec.template.metadata.labels);
  }
});

Deno.test("README: the autoscalers aim at a worker that is there, by numbers that are there", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("survey_processor", [{ n: 1 }, { n: 2 }]);
  const names = manifests.filter(({ kind }) => kind === "Deployment")
    .map(({ metadata }) => metadata.name);
  const [scaled] = manifests.filter(({ kind }) => kind === "ScaledObject");
  const [autoscaler] = manifests.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  assert(names.includes(scaled?.spec.scaleTargetRef.name));
  assert(names.includes(autoscaler?.spec.scaleTargetRef.name));

  const { query, connectionFromEnv } = scaled?.spec.triggers[0].metadata;
  const rows = await queue.database.sql.unsafe(query);
  const { readQueueMetrics, queueMetricFamilies, prometheusText } = await import(
    "../../lib/queue/mod.ts"
  );
  const text = prometheusText(
    queueMetricFamilies(await queue.manager.session((session) => readQueueMetrics(session, 1000))),
  );

  assertEquals(rows.map(({ count }) => Number(count)), [2]);
  assertEquals(connectionFromEnv, "PRODUCTION_GLOBAL_RPA_DB_CONNECTION_STRING");
  const { name, selector } = autoscaler?.spec.metrics[0].external.metric;
  const labels = Object.entries(selector.matchLabels).map(([key, value]) => `${key}="${value}"`);
  assert(text.includes(`${name}{${labels.join(",")}} 2`), text);
});

Deno.test("README: the image holds what its containers start, and its tools are Deno's", async () => {
  const [image] = blocks.filter(({ language }) => language === "dockerfile");
  const version = /^FROM denoland\/deno:(\S+)$/m.exec(image?.text ?? "")?.[1];
  const { code } = await new Deno.Command(Deno.execPath(), { args: ["ci", "--help"] }).output();

  assertEquals(version, Deno.version.deno);
  assertEquals(code, 0);
  assertEquals(Object.keys(notRunHere).some((text) => text.startsWith("kubectl")), true);
  assert((await Deno.stat(join(projectFolder, "deno.lock"))).isFile);
});
