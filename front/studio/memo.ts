// A part that is drawn anew only when one of its properties changed: what a slider does not touch costs nothing.

import { Component, h } from "preact";
import type { ComponentChildren, FunctionComponent } from "preact";

export function memo<P extends object>(draw: (props: P) => ComponentChildren): FunctionComponent<P> {
  class Kept extends Component<P> {
    shouldComponentUpdate(next: P): boolean {
      const before = this.props as Record<string, unknown>, after = next as Record<string, unknown>;
      return Object.keys(after).some((name) => before[name] !== after[name]);
    }

    render() {
      return h(draw as FunctionComponent<P>, this.props);
    }
  }
  return Kept as unknown as FunctionComponent<P>;
}
