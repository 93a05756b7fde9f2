//! What surrounds every screen, ways around, and what is said instead of a number.

super::words! {
    HELP { vi: "Giúp tôi", en: "Help", zh: "帮助" }
    LARGE { vi: "Chữ to", en: "Larger", zh: "大字" }
    CONTRAST { vi: "Rõ nét", en: "Contrast", zh: "高对比" }
    REACH { vi: "Hạ thấp", en: "Lower", zh: "降低" }
    VOICE { vi: "Đọc to", en: "Speak", zh: "朗读" }
    QUIETER { vi: "Nói nhỏ hơn", en: "Quieter voice", zh: "小声一点" }
    LOUDER { vi: "Nói to hơn", en: "Louder voice", zh: "大声一点" }
    LOUDNESS { vi: "Âm lượng {}.", en: "Volume {}.", zh: "音量{}。" }
    LOUDNESS_LEAST { vi: "Âm lượng {}, nhỏ nhất.", en: "Volume {}, the quietest.", zh: "音量{}，最小声。" }
    LOUDNESS_MOST { vi: "Âm lượng {}, to nhất.", en: "Volume {}, the loudest.", zh: "音量{}，最大声。" }
    PAGE { vi: "Trang", en: "Page", zh: "页" }
    PAGE_BEFORE { vi: "Trang trước", en: "Previous", zh: "上一页" }
    PAGE_AFTER { vi: "Trang sau", en: "Next", zh: "下一页" }

    BACK { vi: "Quay lại", en: "Back", zh: "返回" }
    CONTINUE { vi: "Tiếp tục", en: "Continue", zh: "继续" }
    DONE { vi: "Xong", en: "Done", zh: "完成" }
    UNDERSTOOD { vi: "Tôi đã hiểu", en: "I understand", zh: "我知道了" }
    TRY_AGAIN { vi: "Thử lại", en: "Try again", zh: "再试一次" }
    YES { vi: "Đúng", en: "Yes", zh: "是" }
    NO { vi: "Không", en: "No", zh: "不是" }

    HELP_CALLING { vi: "Đang gọi nhân viên…", en: "Calling staff…", zh: "正在呼叫工作人员…" }
    HELP_ON_ITS_WAY {
        vi: "Nhân viên đang đến. Xin chờ ở đây.",
        en: "Staff are coming. Please wait here.",
        zh: "工作人员马上就来，请在此等候。",
    }
    HELP_NOT_REACHED {
        vi: "Chưa gọi được. Mời đến quầy hướng dẫn.",
        en: "No answer. Please go to the help desk.",
        zh: "未能接通，请到导诊台。",
    }

    STILL_THERE { vi: "Bạn còn ở đây không?", en: "Are you still here?", zh: "您还在吗？" }
    STILL_THERE_WHY {
        vi: "Nếu không chạm, máy sẽ trở về màn hình đầu.",
        en: "If nobody touches the screen, it starts again.",
        zh: "如果无人触摸，屏幕将回到首页。",
    }
    I_AM_HERE { vi: "Tôi vẫn ở đây", en: "I am here", zh: "我还在" }

    TAKE_CARD { vi: "Xin lấy lại thẻ trong khe.", en: "Please take your card from the slot.", zh: "请取回插槽中的证件。" }

    WELCOME { vi: "Mời đưa thẻ Căn cước\nvào khe quét", en: "Hold your ID card\nat the scanner", zh: "请将身份证\n放到扫描口" }
    BEGIN { vi: "Lấy số khám bệnh", en: "Get a number", zh: "取号看病" }
    FIND_TICKET { vi: "Tôi mất phiếu", en: "I lost my ticket", zh: "号票丢了" }
    NO_PRINTER {
        vi: "Máy chưa in được phiếu. Số hiện trên màn hình.",
        en: "No paper now. Your number is on the screen.",
        zh: "暂时不能打印，号码显示在屏幕上。",
    }
    NO_SCANNER {
        vi: "Chưa quét được thẻ. Mời đến quầy hướng dẫn.",
        en: "Cards cannot be scanned. Please go to the help desk.",
        zh: "暂时不能扫描证件，请到导诊台。",
    }
    NO_SCANNER_TYPE {
        vi: "Chưa quét được thẻ. Mời nhập số thẻ.",
        en: "Cards cannot be scanned. Please type the card number.",
        zh: "暂时不能扫描证件，请输入证件号码。",
    }
    NO_SERVICE {
        vi: "Chưa lấy được số. Mời đến quầy hướng dẫn.",
        en: "No numbers at the moment. Please go to the help desk.",
        zh: "暂时不能取号，请到导诊台。",
    }

    OUT_OF_SERVICE { vi: "Máy đang được sửa", en: "This machine is being serviced", zh: "机器正在维护" }
    OTHER_KIOSK { vi: "Mời dùng máy khác", en: "Please use another machine", zh: "请使用其他机器" }
    OR_DESK { vi: "Hoặc đến quầy hướng dẫn", en: "Or go to the help desk", zh: "或到导诊台" }

    NOT_READ { vi: "Chưa đọc được thẻ này", en: "This card could not be read", zh: "未能读取此证件" }
    FIND_CODE { vi: "Tìm mặt thẻ có mã QR", en: "Find the side with the QR code", zh: "找到有二维码的一面" }
    SCAN_AGAIN { vi: "Đưa thẻ vào khe quét lần nữa", en: "Hold the card at the scanner again", zh: "再次将证件放到扫描口" }
    STILL_NOT { vi: "Vẫn chưa được? Mời đến quầy hướng dẫn", en: "Still no luck? Go to the help desk", zh: "仍然不行？请到导诊台" }
    PHONE_CODE { vi: "Máy chưa đọc được mã trên điện thoại này", en: "This phone code cannot be read here", zh: "无法读取此手机二维码" }
    USE_CARD { vi: "Mời đưa thẻ Căn cước vào khe quét", en: "Hold your ID card at the scanner", zh: "请将身份证放到扫描口" }
    OR_TYPE { vi: "Hoặc nhập số thẻ trên màn hình", en: "Or type the card number here", zh: "或在屏幕上输入证件号码" }
    DAMAGED { vi: "Chưa đọc hết mã QR", en: "The QR code was not read fully", zh: "二维码未读完整" }
    HOLD_STILL { vi: "Giữ thẻ yên trong khe quét", en: "Hold the card still at the scanner", zh: "在扫描口处拿稳证件" }
    CLOSED { vi: "Nơi khám đã ngừng lấy số", en: "This service has closed", zh: "此科室已停止取号" }
    CHOOSE_OTHER { vi: "Mời chọn nơi khám khác", en: "Please choose another service", zh: "请选择其他科室" }
    OR_ASK { vi: "Hoặc hỏi nhân viên ở quầy hướng dẫn", en: "Or ask at the help desk", zh: "或咨询导诊台" }
    EXHAUSTED { vi: "Hôm nay đã hết số", en: "No numbers are left today", zh: "今日号已取完" }
    GO_TO_DESK { vi: "Mời đến quầy hướng dẫn", en: "Please go to the help desk", zh: "请到导诊台" }
    ASK_OTHER_DAY { vi: "Hỏi nhân viên về ngày khám khác", en: "Ask about another day", zh: "询问其他就诊日期" }
    TOO_EARLY { vi: "Chưa đến giờ hẹn", en: "It is too early for your appointment", zh: "还没到预约时间" }
    COME_BACK { vi: "Mời quay lại gần giờ hẹn", en: "Come back close to your time", zh: "请在预约时间前再来" }
    NO_NUMBER { vi: "Máy chưa lấy được số", en: "No number could be given", zh: "未能取号" }
    NOTHING_TAKEN { vi: "Bạn chưa có số nào", en: "You do not have a number yet", zh: "您还没有号码" }
    DESK_GIVES { vi: "Mời đến quầy hướng dẫn để lấy số", en: "The help desk will give you one", zh: "请到导诊台取号" }
}
