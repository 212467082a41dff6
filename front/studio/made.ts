// What the server makes of a state when somebody asks for it: that, of which state it is, and how to ask.

import { useEffect, useState } from "preact/hooks";
import { listen } from "./api";
import type { Shot } from "./api";
import type { Store } from "./store";

export type Made<What> = [What | null, Shot | null, (more?: object) => void];

export function useMade<What>(store: Store, path: string, event: string, of: (data: any) => What): Made<What> {
  const [made, setMade] = useState<What | null>(null);
  const [asked, setAsked] = useState<{ shot: Shot; more: object } | null>(null);
  useEffect(() => {
    if (asked === null) return;
    const work = new AbortController();
    listen(path, { state: asked.shot, ...asked.more }, work.signal, (kind, data) => {
      if (kind === event) setMade(of(data));
      if (kind === "problem") { store.problems = data.problems; store.changed(); setAsked(null); }
    }).catch((error) => { if (!work.signal.aborted) { store.refused(error); setAsked(null); } });
    return () => work.abort();
  }, [asked]);
  return [made, asked && asked.shot, (more = {}) => { setMade(null); setAsked({ shot: store.shot, more }); }];
}
