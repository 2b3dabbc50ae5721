import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readmePath } from "./readme_blocks.ts";

const markdown = await Deno.readTextFile(readmePath);
const prose = markdown.replace(/^( *)(`{3,}).*?^\1\2$/gms, "");

/** As GitHub names a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

Deno.test("README: every link leads to a heading, a file or an address", async () => {
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) => anchorOf(text));
  const broken: string[] = [];
  for (const [, target = ""] of prose.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith("https://")) continue;
    if (target.startsWith("#") && headings.includes(target.slice(1))) continue;
    const path = join(readmePath, "..", target);
    if (!target.startsWith("#") && await exists(path)) continue;
    broken.push(target);
  }

  assertEquals(broken, []);
  assertEquals(new Set(headings).size, headings.length, "two headings have one anchor");
});

Deno.test("README: every heading of the first rank is in its contents", () => {
  const [, contents = ""] = /\*\*Contents\*\*(.*?)\n## /s.exec(markdown) ?? [];
  const missing = [...prose.matchAll(/^## (.+)$/gm)]
    .map(([, text = ""]) => anchorOf(text))
    .filter((anchor) => !contents.includes(`(#${anchor})`));

  assertEquals(missing, []);
});

Deno.test("README: every file of the project that it names is there", async () => {
  const missing: string[] = [];
  for (const [, path = ""] of prose.matchAll(/`((?:lib|tests|schema|scripts)\/[\w./-]*)`/g)) {
    if (!await exists(join(readmePath, "..", path))) missing.push(path);
  }

  assertEquals(missing, []);
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
