{ "includes": ["native/downhill.gypi"] }
