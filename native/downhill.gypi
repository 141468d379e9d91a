{
  "variables": {
    # Fused multiply-add only where it is written; a square root is an instruction; no exceptions across the boundary.
    "strict_flags": ["-std=c++17", "-Wall", "-Wextra", "-ffp-contract=off", "-fno-math-errno", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden"],
  },
  "target_defaults": {
    "cflags_cc": ["<@(strict_flags)"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "OTHER_CPLUSPLUSFLAGS": ["<@(strict_flags)"],
    },
    "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++17", "/fp:precise"] } },
  },
  "targets": [
    {
      "target_name": "kernels_baseline",
      "type": "static_library",
      "sources": ["kernels/baseline.cc"],
    },
    {
      "target_name": "downhill",
      "sources": [
        "addon.cc",
        "batches.cc",
        "binding.cc",
        "block.cc",
        "dispatch.cc",
        "dropout.cc",
        "environment.cc",
        "kernel_binding.cc",
        "layer.cc",
        "layout.cc",
        "loss.cc",
        "network.cc",
        "online.cc",
        "optimizer.cc",
        "range.cc",
        "samples.cc",
        "team.cc",
        "thread.cc",
        "training_job.cc",
      ],
      "defines": ["NAPI_VERSION=8"],
      "dependencies": ["kernels_baseline"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernels_avx2", "kernels_avx512"] }],
        ["target_arch=='arm64'", { "dependencies": ["kernels_neon"] }],
      ],
    },
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["kernels/avx2.cc"],
          "cflags_cc": ["-mavx2", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX2"] } },
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["kernels/avx512.cc"],
          "cflags_cc": ["-mavx512f", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mfma"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } },
        },
      ],
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "kernels_neon",
          "type": "static_library",
          "sources": ["kernels/neon.cc"],
        },
      ],
    }],
  ],
}
