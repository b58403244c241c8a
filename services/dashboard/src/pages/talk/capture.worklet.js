/* Runs on the audio thread: hands the microphone over in pieces of 20 ms, at 8 kHz. */
const RATE = 8000
const PIECE = 160

class Capture extends AudioWorkletProcessor {
  constructor() {
    super()
    this.piece = new Float32Array(PIECE)
    this.filled = 0
    this.at = 0
    this.sum = 0
    this.summed = 0
  }

  /* Each sample of ours is the mean of those it stands for: enough of a filter for speech. */
  take(sample) {
    this.sum += sample
    this.summed++
    this.at += RATE
    if (this.at < sampleRate) return
    this.at -= sampleRate
    this.piece[this.filled++] = this.sum / this.summed
    this.sum = this.summed = 0
    if (this.filled < PIECE) return
    this.port.postMessage(this.piece.slice())
    this.filled = 0
  }

  process([input]) {
    const channel = input[0]
    if (channel) for (const sample of channel) this.take(sample)
    return true
  }
}

registerProcessor('capture', Capture)
