import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { ConfigurationError } from "../../lib/core/mod.ts";
import {
  diagnoseYtdlp,
  downloadYoutubeWithContext,
  validateDownloadEnvironment,
  ytdlpPath,
} from "../../lib/downloads/mod.ts";
import { jsRuntimeArguments } from "../../lib/downloads/youtube/ytdlp_program.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { sampleRow } from "./sample_row.ts";
import { needsYtdlp } from "./youtube_sandbox.ts";

/** Makes a program that answers as yt-dlp does. */
async function fakeYtdlp(folder: string, version: string, debug = ""): Promise<string> {
  const path = join(folder, `yt-dlp-${crypto.randomUUID()}`);
  await Deno.writeTextFile(
    path,
    `#!/bin/sh\ncase "$*" in *--version) echo "${version}";; *) printf '%s\\n' '${debug}' >&2; exit 2;; esac\n`,
    { mode: 0o755 },
  );
  return path;
}

const healthy =
  "[debug] exe versions: ffmpeg 5.1.9-0 (setts), ffprobe 5.1.9-0\n[debug] JS runtimes: deno-2.9.6";

Deno.test("validateDownloadEnvironment() finds nothing wrong with a fit machine", async () => {
  await using temporary = await temporaryFolder("environment");
  const options = {
    downloadsDir: join(temporary.path, "a", "downloads"),
    stateDir: join(temporary.path, "state"),
    ytdlpPath: await fakeYtdlp(temporary.path, "2026.10.26", healthy),
    minFreeBytes: 1,
  };

  assertEquals(await validateDownloadEnvironment(options), []);
  assertEquals([...Deno.readDirSync(options.downloadsDir)], []);
});

Deno.test("validateDownloadEnvironment() names everything that is wrong, at once", async () => {
  await using temporary = await temporaryFolder("environment");
  const blocked = join(temporary.path, "file");
  await Deno.writeTextFile(blocked, "");

  const found = await validateDownloadEnvironment({
    downloadsDir: temporary.path,
    stateDir: join(blocked, "state"),
    ytdlpPath: join(temporary.path, "missing"),
    minFreeBytes: Number.MAX_SAFE_INTEGER,
  });

  assertEquals(found.map(({ category, severity }) => [category, severity]), [
    ["FILE_IO", "ERROR"],
    ["FILE_IO", "CRITICAL"],
    ["VALIDATION", "ERROR"],
  ]);
  assertMatch(found[0]?.message ?? "", /^Cannot write in the folder '.*state\/downloads'/);
  assertMatch(found[1]?.message ?? "", /free, and more than .* is wanted; free some space$/);
  assertMatch(found[2]?.message ?? "", /^Cannot use yt-dlp at ".*missing" as .*install/);
  assert(found.every(({ error_id, timestamp }) => error_id !== "" && timestamp !== ""));
});

Deno.test("validateDownloadEnvironment() warns of a missing ffmpeg and of a yt-dlp without JavaScript", async () => {
  await using temporary = await temporaryFolder("environment");
  const debug = "[debug] exe versions: none\n[debug] JS runtimes: none";

  const found = await validateDownloadEnvironment({
    downloadsDir: temporary.path,
    stateDir: temporary.path,
    ytdlpPath: await fakeYtdlp(temporary.path, "2025.04.30", debug),
    minFreeBytes: 1,
  });

  assertEquals(found.map(({ severity }) => severity), ["WARNING", "WARNING"]);
  assertMatch(found[0]?.message ?? "", /ffmpeg and ffprobe is missing; install ffmpeg/);
  assertMatch(found[1]?.message ?? "", /2025\.04\.30 has no JavaScript runtime/);
});

Deno.test("validateDownloadEnvironment() runs the yt-dlp of this machine", needsYtdlp, async () => {
  await using temporary = await temporaryFolder("environment");

  const diagnosis = await diagnoseYtdlp("yt-dlp");
  const found = await validateDownloadEnvironment({
    downloadsDir: temporary.path,
    stateDir: temporary.path,
    minFreeBytes: 1,
  });

  assertMatch(diagnosis.version, /^\d{4}\.\d{2}\.\d{2}/);
  assert(diagnosis.ffmpeg !== null && diagnosis.ffprobe !== null, Deno.inspect(diagnosis));
  // A yt-dlp that has got a JavaScript runtime found this Deno.
  assertEquals(diagnosis.jsRuntimes?.includes("deno") ?? true, true);
  assertEquals(found.filter(({ severity }) => severity !== "WARNING"), []);
});

Deno.test("downloadYoutubeWithContext() refuses a yt-dlp that is missing, broken or unsafe by age", async () => {
  await using temporary = await temporaryFolder("environment");
  const programs: [path: string, problem: RegExp][] = [
    [join(temporary.path, "missing"), /as .*; install 2024\.07\.01 or newer/],
    [await fakeYtdlp(temporary.path, "2023.03.04"), /as it is 2023\.03\.04, and a hostile site/],
    [await fakeYtdlp(temporary.path, "hello"), /as it does not say its version: hello/],
  ];

  for (const [path, problem] of programs) {
    const download = downloadYoutubeWithContext("https://example.org/a", sampleRow(), {
      downloadsDir: join(temporary.path, "downloads"),
      ytdlpPath: path,
    });

    const error = await assertRejects(() => download, ConfigurationError);
    assertMatch(error.message, problem);
    assertEquals(error.exitCode, 2);
  }
});

Deno.test("YTDLP_PATH names the program, through the settings", () => {
  Deno.env.set("GLOBAL_YTDLP_PATH", "/opt/yt-dlp");
  try {
    assertEquals(ytdlpPath(), "/opt/yt-dlp");
  } finally {
    Deno.env.delete("GLOBAL_YTDLP_PATH");
  }
  assertEquals(ytdlpPath(), "yt-dlp");
});

Deno.test(
  "a download needs no more than to run yt-dlp and kill, and says so where it may not",
  optionalTool("yt-dlp"),
  async () => {
    await using temporary = await temporaryFolder("environment");
    const caller = join(import.meta.dirname ?? ".", "youtube_caller.ts");

    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-q", "--no-prompt", "--allow-net", "--allow-env", "--allow-run=kill"],
        `--allow-read=${temporary.path}`,
        `--allow-write=${temporary.path}`,
        ...[caller, "http://127.0.0.1:1/a", temporary.path],
      ],
      cwd: "/",
      stdin: "null",
    }).output();

    assertEquals(code, 1);
    assertMatch(new TextDecoder().decode(stderr), /ConfigurationError: .*--allow-run/);
  },
);

Deno.test("jsRuntimeArguments() gives a yt-dlp that knows it this Deno for YouTube's JavaScript", () => {
  const current = { path: "yt-dlp", version: "2026.10.26" };
  const old = { path: "yt-dlp", version: "2025.04.30" };
  const npm = ["--remote-components", "ejs:npm"];

  assertEquals(jsRuntimeArguments(current, "/opt/my deno/deno"), [
    "--js-runtimes",
    "deno:/opt/my deno/deno",
    ...npm,
  ]);
  assertEquals(jsRuntimeArguments(current, "/usr/bin/track-downloads"), npm);
  assertEquals(jsRuntimeArguments(old, "/opt/deno"), []);
});
