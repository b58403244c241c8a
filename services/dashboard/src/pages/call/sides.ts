/* The two sides of a recording, each of which can be silenced: the caller is on the left, the agent on the right. */

export const SIDES = ['caller', 'agent'] as const
export type Side = (typeof SIDES)[number]

/* From its first use on, both ears hear both sides. */
export class Mixer {
  private context = new AudioContext()
  private gains: GainNode[]

  constructor(audio: HTMLAudioElement) {
    const split = new ChannelSplitterNode(this.context, { numberOfOutputs: SIDES.length })
    this.context.createMediaElementSource(audio).connect(split)
    this.gains = SIDES.map((_, i) => {
      const gain = new GainNode(this.context)
      split.connect(gain, i).connect(this.context.destination)
      return gain
    })
  }

  set(side: Side, muted: boolean) {
    this.gains[SIDES.indexOf(side)]!.gain.value = muted ? 0 : 1
  }

  close() {
    void this.context.close()
  }
}
