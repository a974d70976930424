// Writes into the build which sources it was made of; tests/unit/api/test_screen_is_current.py
// reckons the same from the tree and says when a build is missing. Fonts' licences go along.
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = import.meta.dirname;
const OUT = join(ROOT, "../src/chengyun/api/screen");
const SOURCES = ["fonts", "public", "src"];
const SINGLE = ["index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"];

const files = SOURCES.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1).replaceAll("\\", "/")),
)
  .concat(SINGLE)
  .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const whole = createHash("sha256");
for (const name of files) {
  whole.update(`${name}\0${createHash("sha256").update(readFileSync(join(ROOT, name))).digest("hex")}\n`);
}
writeFileSync(join(OUT, "source.sha256"), `${whole.digest("hex")}\n`);
for (const name of readdirSync(join(ROOT, "fonts")).filter((one) => one.startsWith("OFL-"))) {
  copyFileSync(join(ROOT, "fonts", name), join(OUT, name));
}
