/** Sending a file in pieces (tus 1.0): a broken line costs a piece, never the whole. */

import type { Evidence } from "./contract";
import { ask, passage, problemOf, Refused, unreachable } from "./http";

const PIECE_BYTES = 512 * 1024;
const TRIES = 5;

async function call(path: string, method: string, headers: Record<string, string>, body?: Blob): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { "Tus-Resumable": "1.0.0", "X-Chengyun-Token": passage.token, ...headers },
      ...(body && { body }),
      cache: "no-store",
    });
  } catch (error) {
    throw new Refused(unreachable(String(error)));
  }
  if (!response.ok) throw new Refused(await problemOf(response));
  return response;
}

/** Send a file and add it to a case; `sent` hears how many of its bytes have come. */
export async function addFile(
  caseId: string,
  file: File,
  moment: "before" | "after" | "",
  sent: (bytes: number) => void,
): Promise<Evidence> {
  const begun = await call("api/v1/uploads", "POST", { "Upload-Length": String(file.size) });
  const upload = begun.headers.get("Location")?.split("/").at(-1) ?? "";
  const path = `api/v1/uploads/${upload}`;
  let offset = 0;
  let failures = 0;
  while (offset < file.size) {
    try {
      const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
      await call(path, "PATCH", headers, file.slice(offset, offset + PIECE_BYTES));
      offset = Math.min(offset + PIECE_BYTES, file.size);
      failures = 0;
    } catch (error) {
      failures += 1;
      const isLine = error instanceof Refused && error.problem.code === "unreachable";
      if (!isLine || failures >= TRIES) throw error;
      await new Promise((go) => setTimeout(go, 1_000 * failures));
      offset = Number((await call(path, "HEAD", {})).headers.get("Upload-Offset") ?? offset);
    }
    sent(offset);
  }
  return ask<Evidence>(`api/v1/cases/${encodeURIComponent(caseId)}/evidence`, { upload, moment });
}
